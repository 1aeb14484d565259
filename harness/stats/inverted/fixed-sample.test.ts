import { describe, expect, test } from 'vitest';
import { logBinomialPoint } from '../proportion.ts';
import { planSplit } from '../split-plan.ts';
import { acceptanceSize, excludedBySample, logTailBelow } from './fixed-sample.ts';

const BETA = 1e-3;

/** P(both sides are excluded | the share is `truth`), summed over the counts. */
function accepts(n: number, share: number, margin: number, truth: number): number {
  let sum = 0;
  for (let hits = 0; hits <= n; hits += 1) {
    const above = logTailBelow({ share, hits, n }, margin);
    const below = logTailBelow({ share: 1 - share, hits: n - hits, n }, margin);
    if (Math.max(above, below) <= Math.log(BETA)) sum += Math.exp(logBinomialPoint(hits, n, truth));
  }
  return sum;
}

describe.each([0.1, 0.25, 0.5])('a share of %s within 5 points', (share) => {
  const n = acceptanceSize(share, 0.05, BETA, 0.01);

  test('is accepted in 99 of 100 runs when it is exact, and hardly ever when it is off by the margin', () => {
    expect(accepts(n, share, 0.05, share)).toBeGreaterThanOrEqual(0.99);
    expect(accepts(n, share, 0.05, share + 0.05)).toBeLessThanOrEqual(BETA);
    expect(accepts(n, share, 0.05, share - 0.05)).toBeLessThanOrEqual(BETA);
    // and no fewer requests would do
    expect(accepts(Math.floor(0.95 * n), share, 0.05, share)).toBeLessThan(0.99);
  });

  test('takes three quarters at most of what the sequential test takes in 99 of 100 runs', () => {
    const { passQuantile99 } = planSplit({ share, margin: 0.05, alpha: BETA, beta: BETA });
    expect(n / passQuantile99).toBeLessThan(0.75);
  });
});

test('the excluded drift is the margin where the tail is beta', () => {
  for (const hits of [250, 480, 500, 520]) {
    const look = { share: 0.5, hits, n: 1_000 };
    const drift = excludedBySample(look, BETA);
    if (drift > 0) expect(logTailBelow(look, drift)).toBeCloseTo(Math.log(BETA), 6);
  }
});

test('nothing is excluded by nothing, nor above a share when every request was a hit', () => {
  expect(excludedBySample({ share: 0.1, hits: 0, n: 0 }, BETA)).toBe(0.9);
  expect(excludedBySample({ share: 0.25, hits: 9, n: 9 }, BETA)).toBe(0.75);
  expect(logTailBelow({ share: 0.1, hits: 0, n: 0 }, 0.05)).toBe(0);
  expect(logTailBelow({ share: 0.5, hits: 0, n: 1_000_000 }, 0.05)).toBe(-745);
});
