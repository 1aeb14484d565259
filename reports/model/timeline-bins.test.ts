import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runsOf } from '../../harness/testkit/runner/thorough.ts';
import type { TimelineReport } from './run-report.ts';
import { wilson } from './samples/sample-split.ts';
import {
  type Bin,
  contiguousRuns,
  contradictedBins,
  declaredDuring,
  drawnBins,
  mergeBins,
  timelineSpan,
} from './timeline-bins.ts';

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

describe('contradicted bins', () => {
  /** Where they begin, in seconds. */
  const found = (bins: readonly Bin[], of = declared) =>
    [...contradictedBins(bins, of)].map(({ startMs }) => startMs / 1000).toSorted((a, b) => a - b);
  /** Canary requests of each second, of so many. */
  const seconds = (counts: readonly number[], n: number) => counts.map((canary, at) => bin(at * 1000, canary, n));

  test('a share that is far off is one by itself, one that is off by chance is none, no request never is', () => {
    expect(found([bin(2000, 50, 500)])).toEqual([]);
    expect(found([bin(2000, 100, 500)])).toEqual([2]);
    expect(found([bin(2000, 0, 0)])).toEqual([]);
    // outside of its own 99 % band, as one bin of a hundred is
    const odd = bin(2000, 20, 100);
    expect(odd.low).toBeGreaterThan(0.1);
    expect(found([odd])).toEqual([]);
  });

  test('a share that is a little off is seen by many seconds together', () => {
    const nine = Array.from({ length: 9 }, () => 30);
    expect(found(seconds(nine.slice(0, 1), 200))).toEqual([]);
    expect(found(seconds(nine, 200))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('those that are off, and not their neighbours', () => {
    const counts = [20, 21, 19, 100, 100, 22, 18, 20];
    expect(found(seconds(counts, 200))).toEqual([3, 4]);
  });

  test('while a change is on its way any mixture fits, and after it the old share does not', () => {
    expect(declaredDuring(declared, 11_000, 12_000).toSorted()).toEqual([0.1, 0.25]);
    expect(found([bin(11_000, 85, 500)])).toEqual([]);
    expect(found([bin(12_000, 50, 500)])).toEqual([12]);
  });

  test('all and none are what was declared, however the requests of a second come out', () => {
    for (const [share, hits] of [
      [1, (n: number) => n],
      [0, () => 0],
    ] as const)
      for (let n = 1; n < 2_000; n += 1) {
        const [merged] = mergeBins([bin(0, hits(n), n), bin(1_000, hits(n), n)], 1).bins as [Bin];
        const of = [{ atMs: -1, share, source: 'x', layer: 'api' as const }];
        expect(found([merged], of), `${hits(n)} of ${n}`).toEqual([]);
      }
  });

  test('one of a thousand is not none', () => {
    expect(found([bin(0, 1, 1000)], [{ atMs: -1, share: 0, source: 'x', layer: 'api' }])).toEqual([0]);
  });

  test('nothing declared yet, nothing to contradict', () => {
    expect(found([bin(-5000, 400, 500)])).toEqual([]);
  });

  test('of series that are exactly what was declared one in a hundred at most has any; by the bands of bins half would', () => {
    const RUNS = runsOf(200, 1_000);
    const random = mulberry32(20261130);
    let alarms = 0;
    let byBands = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const bins = seconds(
        Array.from({ length: 60 }, () => Array.from({ length: 50 }, random).filter((one) => one < 0.1).length),
        50,
      );
      const of = declared.slice(0, 2);
      if (contradictedBins(bins, of).size > 0) alarms += 1;
      if (bins.some(({ low, high }) => low > 0.1 || high < 0.1)) byBands += 1;
    }
    // the bound says 0.01; 23 of 1,000, or 10 of 200, are more than chance would make of it in one of ten thousand
    expect(alarms).toBeLessThanOrEqual(runsOf(9, 22));
    expect(byBands).toBeGreaterThan(RUNS / 5);
  });
});

describe('drawn bins', () => {
  const counted = (...counts: readonly number[]) => counts.map((n, at) => bin(at * 1000, 0, n));
  const drawn = (path: 'ingress' | 'prometheus', bins: readonly Bin[]) =>
    drawnBins(path, bins).map(({ startMs }) => startMs / 1000);

  test('of what clients got all that hold requests', () => {
    expect(drawn('ingress', counted(1, 0, 800, 3))).toEqual([0, 2, 3]);
  });

  test('of a second witness those that counted enough, and not where load begins, changes or ends', () => {
    expect(drawn('prometheus', counted(300, 820, 800, 760, 200, 1_600, 1_590, 749, 600, 590, 49))).toEqual([
      1, 2, 3, 5, 6, 8, 9,
    ]);
    expect(drawn('prometheus', counted(49, 0, 50))).toEqual([2]);
  });
});

/** https://gist.github.com/tommyettinger/46a874533244883189143505d203312c: numbers of [0, 1) from a fixed seed. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

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
