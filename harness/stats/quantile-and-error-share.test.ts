import { describe, expect, it } from 'vitest';
import { quantileInterval, quantileRanks, sampleSizeForMaximum } from './order-statistic-interval.ts';
import { logBinomialPoint } from './proportion.ts';
import { conditionalErrorPValue, createTwoProportionProcess, logConditionalE } from './two-proportion-e-process.ts';

describe('order-statistic intervals', () => {
  it.each([
    [100, 0.95, 0.95, 90, 100],
    [500, 0.95, 0.99, 462, 488],
    [1000, 0.95, 0.95, 936, 964],
    [1000, 0.95, 0.99, 931, 968],
    [1000, 0.95, 0.999, 926, 972],
    [10_000, 0.95, 0.99, 9443, 9556],
    [1000, 0.99, 0.95, 983, 997],
  ])('n=%i q=%f at %f has ranks %i and %i', (n, quantile, confidence, low, high) => {
    expect(quantileRanks(n, quantile, confidence)).toEqual({ low, high });
  });

  it('says from which n the maximum bounds a quantile', () => {
    const sizes = [0.95, 0.99, 0.999].map((q) => [0.95, 0.99, 0.999].map((c) => sampleSizeForMaximum(q, c)));
    expect(sizes).toEqual([
      [59, 90, 135],
      [299, 459, 688],
      [2995, 4603, 6905],
    ]);
  });

  it('leaves a side open that too few samples cannot bound', () => {
    expect(quantileRanks(10, 0.95, 0.99)).toEqual({ low: 7, high: undefined });
    expect(quantileInterval([5, 6, 7], 0.99, 0.99)).toEqual({ low: 6, high: Number.POSITIVE_INFINITY });
    expect(quantileInterval([], 0.5, 0.9)).toEqual({ low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY });
  });
});

describe('error shares of two arms', () => {
  it('the conditional test matches the reference value', () => {
    expect(conditionalErrorPValue(8, 20, 0.1)).toBeCloseTo(4.15635e-4, 9);
    expect(logConditionalE(8, 20, 0.1)).toBeGreaterThan(3);
    expect(logConditionalE(2, 20, 0.1)).toBeLessThan(0);
  });

  it('the block process has expectation at most one under every common error share', () => {
    // Two blocks of 2 canary and 6 stable requests, all outcomes.
    for (const share of [0.01, 0.1, 0.5, 0.9]) {
      let mean = 0;
      for (let a = 0; a <= 2; a += 1)
        for (let b = 0; b <= 6; b += 1)
          for (let c = 0; c <= 2; c += 1)
            for (let d = 0; d <= 6; d += 1) {
              const process = createTwoProportionProcess(2, 6);
              process.observeBlock(a, b);
              process.observeBlock(c, d);
              const logPoint =
                logBinomialPoint(a, 2, share) +
                logBinomialPoint(b, 6, share) +
                logBinomialPoint(c, 2, share) +
                logBinomialPoint(d, 6, share);
              mean += Math.exp(logPoint + process.logE);
            }
      expect(mean).toBeLessThanOrEqual(1 + 1e-9);
    }
  });

  it('the block process finds a canary that errs more', () => {
    const process = createTwoProportionProcess(10, 90);
    for (let block = 0; block < 40; block += 1) process.observeBlock(1, 1);
    expect(process.logE).toBeGreaterThan(Math.log(1000));
  });
});
