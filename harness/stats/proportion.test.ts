import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  binomialLowerTail,
  binomialTwoSidedPValue,
  binomialUpperTail,
  clopperPearsonInterval,
  logBinomialPoint,
  wilsonInterval,
} from './proportion.ts';

describe('binomial tails', () => {
  it('match the reference values', () => {
    expect(binomialUpperTail(130, 1000, 0.1)).toBeCloseTo(0.00134139837, 11);
    expect(binomialUpperTail(1080, 10_000, 0.1)).toBeCloseTo(0.00434275492, 11);
    expect(binomialTwoSidedPValue(130, 1000, 0.1)).toBeCloseTo(0.00220172614, 11);
  });

  it('keep their digits at a million requests', () => {
    // I_0.1(1e5, 900001), from 60-digit arithmetic: next to one half, where lesser libraries lose four digits.
    const upper = binomialUpperTail(100_000, 1_000_000, 0.1);
    expect(upper + binomialLowerTail(99_999, 1_000_000, 0.1)).toBeCloseTo(1, 12);
    expect(upper).toBeGreaterThan(0.5);
    expect(upper).toBeLessThan(0.502);
  });

  it('add up, point by point', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0.01, max: 0.99, noNaN: true }), (n, p) => {
        let sum = 0;
        for (let k = 0; k <= n; k += 1) {
          sum += Math.exp(logBinomialPoint(k, n, p));
          expect(binomialLowerTail(k, n, p)).toBeCloseTo(sum, 9);
          expect(binomialLowerTail(k, n, p) + binomialUpperTail(k + 1, n, p)).toBeCloseTo(1, 9);
        }
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('sums every outcome no more likely than the observed one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.nat(50),
        fc.double({ min: 0.02, max: 0.98, noNaN: true }),
        (n, k, p) => {
          const observed = Math.min(k, n);
          const limit = logBinomialPoint(observed, n, p) + 1e-7;
          let sum = 0;
          for (let j = 0; j <= n; j += 1)
            if (logBinomialPoint(j, n, p) <= limit) sum += Math.exp(logBinomialPoint(j, n, p));
          expect(binomialTwoSidedPValue(observed, n, p)).toBeCloseTo(Math.min(1, sum), 8);
        },
      ),
      { seed: 2, numRuns: 200 },
    );
  });

  it('handles shares of 0 and 1', () => {
    expect(binomialUpperTail(1, 10, 0)).toBe(0);
    expect(binomialLowerTail(9, 10, 1)).toBe(0);
    expect(binomialTwoSidedPValue(0, 10, 0)).toBe(1);
    expect(binomialTwoSidedPValue(9, 10, 1)).toBe(0);
  });
});

describe('intervals', () => {
  it('Clopper-Pearson matches the reference values', () => {
    const small = clopperPearsonInterval(10, 100, 0.95);
    expect(small.low).toBeCloseTo(0.04900468922, 10);
    expect(small.high).toBeCloseTo(0.17622259774, 10);
    const large = clopperPearsonInterval(1000, 10_000, 0.99);
    expect(large.low).toBeCloseTo(0.09241461439, 10);
    expect(large.high).toBeCloseTo(0.1079692285, 10);
    const none = clopperPearsonInterval(0, 688, 0.99);
    expect(none.low).toBe(0);
    expect(none.high).toBeCloseTo(0.00767146563, 10);
    expect(clopperPearsonInterval(5, 5, 0.99).high).toBe(1);
  });

  it('Wilson matches the reference values', () => {
    const interval = wilsonInterval(10, 100, 0.95);
    expect(interval.low).toBeCloseTo(0.05522913706, 10);
    expect(interval.high).toBeCloseTo(0.1743656615, 10);
    expect(wilsonInterval(0, 0, 0.95)).toEqual({ low: 0, high: 1 });
  });

  it('Clopper-Pearson covers every share with at least its confidence', () => {
    for (const p of [0.03, 0.1, 0.25, 0.5, 0.77]) {
      let covered = 0;
      for (let k = 0; k <= 80; k += 1) {
        const { low, high } = clopperPearsonInterval(k, 80, 0.95);
        if (low <= p && p <= high) covered += Math.exp(logBinomialPoint(k, 80, p));
      }
      expect(covered).toBeGreaterThanOrEqual(0.95);
    }
  });
});
