import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { changeTime, likelihoodDrop } from './change-time.ts';
import { alarmThreshold, createCumulativeSum, expectedDelay } from './cumulative-sum.ts';
import { segmentShares, snapToDeclared } from './segmentation.ts';

/** A stream of 0 and 1 with the given [share, length] pieces. */
function stream(seed: number, ...pieces: readonly (readonly [number, number])[]): Uint8Array {
  const random = xoroshiro128plus(seed);
  return Uint8Array.from(
    pieces.flatMap(([share, length]) => Array.from({ length }, () => (uniformFloat64(random) < share ? 1 : 0))),
  );
}

describe('CUSUM', () => {
  it('has the published delays at one false alarm in a thousand runs of a million', () => {
    const threshold = alarmThreshold(1e6, 1e-3);
    expect(threshold).toBeCloseTo(20.7, 1);
    const delays = (
      [
        [0.1, 0.25],
        [0.25, 0.5],
        [0.2, 0.4],
        [0.4, 0.6],
        [0.6, 0.8],
      ] as const
    ).map(([before, after]) => Math.round(expectedDelay(before, after, threshold)));
    expect(delays).toEqual([224, 144, 198, 256, 226]);
  });

  it('stays quiet before the change and finds it after', () => {
    const alarm = createCumulativeSum(0.1, 0.25, alarmThreshold(1e6, 1e-3));
    const hits = stream(11, [0.1, 20_000], [0.25, 2000]);
    const at = Array.from(hits, (hit) => alarm.observe(hit === 1)).indexOf(true);
    expect(at).toBeGreaterThan(20_000);
    expect(at).toBeLessThan(20_700);
    expect(alarm.alarmed).toBe(true);
    expect(alarm.value).toBeGreaterThan(20);
  });

  it('needs exactly the published run of hits for 50 to 100', () => {
    const alarm = createCumulativeSum(0.5, 1, Math.log(1e4));
    const hits = Array.from({ length: 20 }, () => true);
    expect(hits.findIndex((hit) => alarm.observe(hit)) + 1).toBe(14);
  });
});

describe('change time', () => {
  it('has the published likelihood drops', () => {
    expect([0.95, 0.99, 0.999].map((c) => Number(likelihoodDrop(c).toFixed(3)))).toEqual([3.676, 5.296, 7.601]);
  });

  it('holds the true place in its 99 % set', () => {
    const found = changeTime(stream(12, [0.1, 3000], [0.25, 3000]), 0.1, 0.25, 0.99);
    expect(found.low).toBeLessThanOrEqual(3000);
    expect(found.high).toBeGreaterThanOrEqual(3000);
    expect(found.high - found.low).toBeLessThan(400);
    expect(found.members).toBeLessThanOrEqual(found.high - found.low + 1);
    expect(found.logRatio).toBeGreaterThan(50);
  });

  it('treats impossible requests as evidence, not as NaN', () => {
    // 50 to 100: the last miss is the last request before the change at the earliest.
    const found = changeTime([1, 0, 1, 0, 1, 1, 1, 1, 1, 1], 0.5, 1, 0.95);
    expect(found.estimate).toBe(4);
    expect(found.low).toBe(4);
    const none = changeTime([0, 0, 0, 1, 0], 0, 0.5, 0.95);
    expect(none.high).toBe(3);
  });
});

describe('segmentation', () => {
  const pieces = [
    [0.1, 4000],
    [0.25, 4000],
    [0.5, 4000],
    [1, 2000],
  ] as const;

  it('recovers the weight timeline of a canary and names each step', () => {
    const segments = snapToDeclared(segmentShares(stream(13, ...pieces)), [0.1, 0.25, 0.5, 1]);
    expect(segments.map((segment) => segment.declared)).toEqual([0.1, 0.25, 0.5, 1]);
    const cuts = segments.slice(1).map((segment) => segment.from);
    [4000, 8000, 12_000].forEach((true_, i) => {
      expect(Math.abs(cuts[i]! - true_)).toBeLessThan(120);
    });
  });

  it('sees an undeclared weight and a short blip', () => {
    const blip = snapToDeclared(segmentShares(stream(14, [0.1, 5000], [0.5, 300], [0.1, 5000])), [0.1]);
    expect(blip.map((segment) => segment.declared)).toEqual([0.1, undefined, 0.1]);
  });

  it('leaves a constant stream whole, and agrees with itself on blocks and on single requests', () => {
    expect(segmentShares(stream(15, [0.1, 20_000]))).toHaveLength(1);
    const hits = stream(16, [0.1, 1500], [0.4, 1500]);
    const coarse = segmentShares(hits, { mostBlocks: 50 });
    const fine = segmentShares(hits, { mostBlocks: 3000 });
    expect(coarse.map((segment) => segment.from)).toEqual(fine.map((segment) => segment.from));
    expect(segmentShares([])).toEqual([]);
    expect(segmentShares([1, 0, 1])).toEqual([{ from: 0, to: 3, hits: 2, share: 2 / 3 }]);
  });
});
