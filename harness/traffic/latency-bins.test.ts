import { describe, expect, it } from 'vitest';
import { heatMapSchema, percentilesSchema } from '../../reports/model/rollout-report.ts';
import { heatMapOf, percentilesOf, trackOf } from './latency-bins.ts';
import { createRolloutStream } from './recorded-stream.ts';

const START_MS = Date.UTC(2026, 0, 2);

function stream(count = 4_000) {
  const made = createRolloutStream();
  for (let sequence = 0; sequence < count; sequence += 1) {
    const canary = sequence % 4 === 0;
    const startMs = START_MS + sequence * 10;
    const endMs = startMs + (canary ? 400 + (sequence % 100) : 4);
    const status = canary && sequence % 400 === 0 ? 500 : 200;
    made.add({ sequence, startMs, endMs, status, errorCode: 0, vu: 1, identity: '' }, canary ? 'v2' : 'v1');
  }
  made.add({ sequence: count, startMs: START_MS, endMs: START_MS, status: 0, errorCode: 1, vu: 1, identity: '' }, null);
  return made;
}

describe('latency of a rollout', () => {
  it('counts every answer in one cell of its own track', () => {
    const map = heatMapSchema.parse(heatMapOf('x', stream(), trackOf('v1'), 500));
    const total = (track: number) =>
      map.tracks[track]!.bins.flatMap(({ counts }) => counts).reduce((sum, count) => sum + count, 0);
    expect([total(0), total(1)]).toEqual([3_000, 1_000]);
    expect(map.tracks[1]!.bins.reduce((sum, { errors }) => sum + errors, 0)).toBe(10);
    expect(map.tracks[0]!.bins.every(({ counts }) => counts.length === map.bounds.length + 1)).toBe(true);
    expect(map.tracks[1]!.bins[0]!.p95).toBeGreaterThan(400);
  });

  it('gives exact quantiles with intervals, and none that the sample cannot bound', () => {
    const spectrum = percentilesSchema.parse(percentilesOf('x', stream(), trackOf('v1')));
    const canary = spectrum.tracks[1]!;
    expect(canary.n).toBe(1_000);
    const p95 = canary.points.find(({ quantile }) => quantile === 0.95)!;
    // canary latencies are 400, 404, … 496 in equal parts; ranks 931 and 968 of 1000 at 99 % (statistics C)
    expect([p95.low, p95.ms, p95.high]).toEqual([492, 492, 496]);
    expect(canary.points.find(({ quantile }) => quantile === 0.9999)?.high).toBeUndefined();
  });
});
