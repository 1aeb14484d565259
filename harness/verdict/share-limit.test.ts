import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { expect, test } from 'vitest';
import { createShareLimitJudge, limitCost, type ShareLimit } from './share-limit.ts';

const NONE: ShareLimit = { limit: 0, margin: 0.02, alpha: 1e-3, beta: 1e-3 };
const SOME: ShareLimit = { limit: 0.05, margin: 0.05, alpha: 0.05, beta: 0.05 };

test('none at all: 342 without a hit exclude 2 % at 1e-3, and one hit is enough to fail', () => {
  const judge = createShareLimitJudge(NONE);
  expect(limitCost(NONE)).toEqual({ least: 342, cap: 342 });
  for (let n = 1; n < 342; n += 1) expect(judge.observe(false)).toBe(false);
  expect(judge.outcome).toBe('inconclusive');
  expect(judge.observe(false)).toBe(true);
  expect(judge.outcome).toBe('passed');
  const other = createShareLimitJudge(NONE);
  other.observe(false);
  expect(other.observe(true)).toBe(true);
  expect(other).toMatchObject({ outcome: 'failed', hits: 1, n: 2 });
});

/** How often it ends with that outcome when the truth is that share. */
function rate(truth: number, wanted: string): number {
  const trials = 2_000;
  const random = xoroshiro128plus(7);
  let met = 0;
  for (let trial = 0; trial < trials; trial += 1) {
    const judge = createShareLimitJudge(SOME);
    while (judge.n < judge.cap && !judge.observe(uniformFloat64(random) < truth)) {}
    if (judge.outcome === wanted) met += 1;
  }
  return met / trials;
}

test('its error rates hold, and it decides nearly always', () => {
  // four standard errors of 2,000 trials above the stated 5 %
  expect(rate(0.05, 'failed')).toBeLessThan(0.07);
  expect(rate(0.1, 'passed')).toBeLessThan(0.07);
  expect(rate(0.01, 'passed')).toBeGreaterThan(0.99);
  expect(rate(0.27, 'failed')).toBeGreaterThan(0.99);
});

test('a limit without room is refused', () => {
  expect(() => createShareLimitJudge({ ...NONE, limit: 0.99 })).toThrow(RangeError);
});
