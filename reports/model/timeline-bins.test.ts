import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TimelineReport } from './run-report.ts';
import { wilson } from './samples/sample-split.ts';
import { type Bin, contiguousRuns, contradicts, declaredDuring, mergeBins, timelineSpan } from './timeline-bins.ts';

const bin = (startMs: number, canary: number, n: number): Bin => ({
  startMs,
  endMs: startMs + 1000,
  n,
  share: n === 0 ? 0 : canary / n,
  ...wilson(canary, n),
});
const declared: TimelineReport['declared'] = [
  { atMs: 0, share: 0.1, layer: 'git', source: '' },
  { atMs: 0, share: 0.1, layer: 'api', source: '' },
  { atMs: 10_200, share: 0.25, layer: 'git', source: '' },
  { atMs: 11_400, share: 0.25, layer: 'api', source: '' },
];

describe('mergeBins', () => {
  test('keeps every request and every moment', () => {
    const bins = fc.array(fc.tuple(fc.nat(500), fc.nat(500)), { minLength: 1, maxLength: 700 });
    fc.assert(
      fc.property(bins, fc.integer({ min: 1, max: 300 }), (counts, limit) => {
        const given = counts.map(([canary, rest], index) => bin(index * 1000, canary, canary + rest));
        const merged = mergeBins(given, limit).bins;
        expect(merged.length).toBeLessThanOrEqual(limit);
        const total = (list: readonly Bin[], value: (one: Bin) => number) =>
          list.reduce((sum, one) => sum + value(one), 0);
        expect(total(merged, (one) => one.n)).toBe(total(given, (one) => one.n));
        expect(total(merged, (one) => one.share * one.n)).toBeCloseTo(
          total(given, (one) => one.share * one.n),
          6,
        );
        expect(merged.at(-1)?.endMs).toBe(given.at(-1)?.endMs);
      }),
    );
  });

  test('the band of a merged bin is that of its own counts', () => {
    const [merged] = mergeBins([bin(0, 9, 100), bin(1000, 12, 100)], 1).bins;
    expect(merged).toMatchObject({ n: 200, share: 0.105 });
    expect(merged?.low).toBeCloseTo(wilson(21, 200).low, 12);
    expect(merged?.high).toBeCloseTo(wilson(21, 200).high, 12);
  });
});

describe('contradicts', () => {
  test('steady: a share of 10 % fits, one of 20 % does not, no request never does', () => {
    expect(contradicts(bin(2000, 50, 500), declared)).toBe(false);
    expect(contradicts(bin(2000, 100, 500), declared)).toBe(true);
    expect(contradicts(bin(2000, 0, 0), declared)).toBe(false);
  });

  test('while a change is on its way any mixture fits', () => {
    expect(declaredDuring(declared, 11_000, 12_000).toSorted()).toEqual([0.1, 0.25]);
    expect(contradicts(bin(11_000, 85, 500), declared)).toBe(false);
    expect(contradicts(bin(12_000, 85, 500), declared)).toBe(true);
  });

  test('all and none are within their own band, however the requests of a second come out', () => {
    for (const [share, hits] of [
      [1, (n: number) => n],
      [0, () => 0],
    ] as const)
      for (let n = 1; n < 2_000; n += 1) {
        const [merged] = mergeBins([bin(0, hits(n), n), bin(1_000, hits(n), n)], 1).bins as [Bin];
        const of = [{ atMs: -1, share, source: 'x', layer: 'api' as const }];
        expect(contradicts(merged, of), `${hits(n)} of ${n}`).toBe(false);
      }
  });

  test('nothing declared yet, nothing to contradict', () => {
    expect(contradicts(bin(-5000, 400, 500), declared)).toBe(false);
  });
});

test('the span covers all marks; of nothing there is none', () => {
  const timeline: TimelineReport = {
    title: '',
    arm: '',
    declared,
    series: [],
    events: [{ atMs: -7, lane: 'x', label: 'y' }],
  };
  expect(timelineSpan(timeline)).toEqual([-7, 11_400]);
  expect(timelineSpan({ ...timeline, declared: [], events: [] })).toBeUndefined();
});

test('a pause cuts the series, an empty bin too, a rounding gap does not', () => {
  const bins = [bin(0, 1, 10), bin(1001, 1, 10), bin(2001, 0, 0), bin(3001, 1, 10), bin(9000, 1, 10)];
  expect(contiguousRuns(bins).map((run) => run.map((one) => one.startMs))).toEqual([[0, 1001], [3001], [9000]]);
  expect(contiguousRuns([])).toEqual([]);
});
