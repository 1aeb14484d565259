import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, test } from 'vitest';
import { runsOf } from '../testkit/runner/thorough.ts';
import {
  CONTROL_PERIOD_MS,
  CONTROL_TIMEOUT_MS,
  type ControlSample,
  sharedInterval,
  unhealthyIntervals,
  unhealthyMs,
} from './environment-health.ts';

interface Stall {
  readonly fromMs: number;
  readonly toMs: number;
}
/** When a request that starts then is answered, in an environment that answers nothing during stalls. */
function ending(startMs: number, stalls: readonly Stall[], latencyMs: number): { endMs: number; answered: boolean } {
  const stall = stalls.find(({ fromMs, toMs }) => startMs + latencyMs >= fromMs && startMs < toMs);
  const endMs = stall ? stall.toMs + latencyMs : startMs + latencyMs;
  return endMs - startMs > CONTROL_TIMEOUT_MS
    ? { endMs: startMs + CONTROL_TIMEOUT_MS, answered: false }
    : { endMs, answered: true };
}
function controls(untilMs: number, phaseMs: number, stalls: readonly Stall[]): ControlSample[] {
  return Array.from({ length: Math.floor((untilMs - phaseMs) / CONTROL_PERIOD_MS) }, (_, i) => {
    const sentMs = phaseMs + i * CONTROL_PERIOD_MS;
    const { endMs, answered } = ending(sentMs, stalls, 5);
    return { sentMs, endMs, status: answered ? 200 : 0 };
  });
}
/** Numbers from 0 to 1, the same at each run. */
function draws(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => (generator.next() >>> 0) / 2 ** 32;
}

const RUN_MS = 60_000;
const RUNS = runsOf(200, 2_000);

describe('error rates of the rule, by injection', () => {
  test('a stall that loses requests at 60/s is shared by every one of them', () => {
    const draw = draws(12);
    let losses = 0;
    let blamed = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const fromMs = 10_000 + draw() * 20_000;
      const stalls = [{ fromMs, toMs: fromMs + CONTROL_TIMEOUT_MS + draw() * 15_000 }];
      const intervals = unhealthyIntervals(controls(RUN_MS, draw() * CONTROL_PERIOD_MS, stalls), RUN_MS);
      for (let startMs = draw() * 16; startMs < RUN_MS; startMs += 1000 / 60) {
        const { endMs, answered } = ending(startMs, stalls, 4);
        if (answered) continue;
        losses += 1;
        if (!sharedInterval({ startMs, endMs }, intervals)) blamed += 1;
      }
    }
    expect(losses).toBeGreaterThan(RUNS * 50);
    expect(blamed).toBe(0);
  });

  test('a request that is lost while the environment answers is never shared', () => {
    const draw = draws(13);
    for (let run = 0; run < RUNS; run += 1) {
      // shorter than a control is slow: nobody times out in it
      const fromMs = draw() * RUN_MS;
      const stalls = [{ fromMs, toMs: fromMs + draw() * 1_900 }];
      const intervals = unhealthyIntervals(controls(RUN_MS, draw() * CONTROL_PERIOD_MS, stalls), RUN_MS);
      const startMs = draw() * RUN_MS;
      for (const lastsMs of [3, CONTROL_TIMEOUT_MS])
        expect(sharedInterval({ startMs, endMs: startMs + lastsMs }, intervals)).toBeUndefined();
    }
  });

  test("beside a stall the loss is the subject's as soon as a healthy control lies between", () => {
    const stalls = [{ fromMs: 20_000, toMs: 30_000 }];
    const intervals = unhealthyIntervals(controls(RUN_MS, 0, stalls), RUN_MS);
    expect(sharedInterval({ startMs: 25_000, endMs: 25_003 }, intervals)?.why).toContain('no answer');
    expect(sharedInterval({ startMs: 17_000, endMs: 17_003 }, intervals)).toBeUndefined();
    expect(sharedInterval({ startMs: 32_000, endMs: 32_003 }, intervals)).toBeUndefined();
  });
});

test('a control that is refused, is still under way, or was never sent', () => {
  const at = (sentMs: number, endMs: number | undefined, status: number) => ({ sentMs, endMs, status });
  const fine = at(0, 4, 200);
  expect(unhealthyIntervals([fine, at(1_000, 1_004, 503)], 2_000)).toEqual([
    { fromMs: 1_000, toMs: 1_004, why: 'a control request got status 503' },
  ]);
  expect(unhealthyIntervals([fine, at(1_000, undefined, 0)], 2_500)).toEqual([]);
  expect(unhealthyIntervals([fine, at(1_000, undefined, 0)], 4_000)).toEqual([
    { fromMs: 1_000, toMs: 4_000, why: 'a control request got no answer for 3.0 s' },
  ]);
  expect(unhealthyIntervals([fine, at(9_000, 9_004, 200)], 9_100)).toEqual([
    { fromMs: 0, toMs: 9_000, why: 'the harness itself stood still' },
  ]);
});

test('what touches is one interval, under the reason of its longest part', () => {
  const bad = new Map([
    [0, { endMs: 2_500, status: 200 }],
    [1_000, { endMs: 6_000, status: 0 }],
    [20_000, { endMs: 20_001, status: 404 }],
  ]);
  const samples = Array.from({ length: 22 }, (_, i) => ({
    ...{ sentMs: i * 1_000, endMs: i * 1_000 + 4, status: 200 },
    ...bad.get(i * 1_000),
  }));
  const intervals = unhealthyIntervals(samples, 22_000);
  expect(intervals).toEqual([
    { fromMs: 0, toMs: 6_000, why: 'a control request got no answer for 5.0 s' },
    { fromMs: 20_000, toMs: 20_001, why: 'a control request got status 404' },
  ]);
  expect(unhealthyMs(0, 6_000, intervals)).toBe(6_000);
  expect(unhealthyMs(5_000, 5_500, intervals)).toBe(500);
  expect(unhealthyMs(30_000, 40_000, intervals)).toBe(0);
});
