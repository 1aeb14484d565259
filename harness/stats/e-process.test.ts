import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hybridEProcess, hybridLogE, logSumExp, mostFavourableLabelling } from './hybrid-e-process.ts';
import { logRatioHigh, logRatioLow, ratioIncrements, requestCap } from './likelihood-ratio-pair.ts';
import { anytimePValue, confidenceSequence, logBetaMixture, logDirichletMixture } from './mixture-e-process.ts';
import { logBinomialPoint } from './proportion.ts';

describe('likelihood ratio pair', () => {
  const step = ratioIncrements(0.1, 0.02);

  it('matches the reference values', () => {
    expect(logRatioHigh(step, 130, 1000)).toBeCloseTo(4.1504177919, 10);
    expect(logRatioLow(step, 130, 1000)).toBeCloseTo(-9.8870128255, 10);
    expect(logRatioHigh(step, 400, 4000)).toBeCloseTo(-7.9736583498, 10);
    expect(logRatioLow(step, 400, 4000)).toBeCloseTo(-10.1333563381, 10);
  });

  it('passes first at the reference n when exactly one in ten requests hits', () => {
    const firstPass = (margin: number) => {
      const increments = ratioIncrements(0.1, margin);
      const accept = -Math.log(1000);
      for (let n = 1; ; n += 1) {
        const hits = n / 10;
        if (logRatioHigh(increments, hits, n) <= accept && logRatioLow(increments, hits, n) <= accept) return n;
      }
    };
    expect([0.02, 0.05, 0.01].map(firstPass)).toEqual([3466, 634, 13159]);
  });

  it('caps the default profile at 20,792 requests for 90/10', () => {
    expect(requestCap(0.1, 0.02, 1e-3)).toBe(20_792);
    expect(requestCap(0.9, 0.02, 1e-3)).toBe(20_792);
  });
});

describe('mixture e-process', () => {
  it('matches the reference values', () => {
    expect(logBetaMixture(100, 1000, 0.1)).toBeCloseTo(-3.7390688211, 9);
    expect(logBetaMixture(130, 1000, 0.1)).toBeCloseTo(0.9879778449, 9);
    expect(logBetaMixture(150, 1000, 0.1)).toBeCloseTo(8.6699266491, 9);
    expect(logBetaMixture(150, 1000, 0.1, { a: 10, b: 90 })).toBeCloseTo(9.8671168633, 9);
    const shares = [0.5, 0.3, 0.2];
    expect(logDirichletMixture([520, 300, 180], shares)).toBeCloseTo(-4.7353817004, 9);
    expect(logDirichletMixture([520, 300, 180], shares, [5000, 3000, 2000])).toBeCloseTo(0.0349398711, 9);
    expect(anytimePValue(Math.log(200))).toBeCloseTo(0.005, 12);
    expect(anytimePValue(-3)).toBe(1);
  });

  it('has expectation one under the declared share, at any n', () => {
    for (const [n, p] of [
      [7, 0.1],
      [40, 0.5],
      [90, 0.03],
    ] as const) {
      let mean = 0;
      for (let hits = 0; hits <= n; hits += 1) {
        mean += Math.exp(logBinomialPoint(hits, n, p) + logBetaMixture(hits, n, p));
      }
      expect(mean).toBeCloseTo(1, 9);
    }
  });

  it('gives the reference confidence sequences', () => {
    const at = (hits: number, n: number, prior?: { a: number; b: number }) => confidenceSequence(hits, n, 0.99, prior);
    expect(at(100, 1000).low).toBeCloseTo(0.06570062067, 10);
    expect(at(100, 1000).high).toBeCloseTo(0.14314381209, 10);
    expect(at(1000, 10_000).low).toBeCloseTo(0.08743383366, 10);
    expect(at(1000, 10_000).high).toBeCloseTo(0.11357827927, 10);
    expect(at(1000, 10_000, { a: 10, b: 90 }).low).toBeCloseTo(0.08920823196, 10);
    expect(at(1000, 10_000, { a: 10, b: 90 }).high).toBeCloseTo(0.11152962834, 10);
    expect(at(0, 0)).toEqual({ low: 0, high: 1 });
    expect(at(0, 500).low).toBe(0);
    expect(at(500, 500).high).toBe(1);
  });

  it('contains exactly the shares that the e-process does not reject', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, part) => {
        const hits = Math.round(n * part);
        const { low, high } = confidenceSequence(hits, n, 0.999);
        const limit = Math.log(1000);
        if (low > 1e-9) {
          expect(logBetaMixture(hits, n, low * 1.0001)).toBeLessThan(limit);
          expect(logBetaMixture(hits, n, low * 0.9999)).toBeGreaterThan(limit - 1e-6);
        }
        if (high < 1 - 1e-9) {
          expect(logBetaMixture(hits, n, 1 - (1 - high) * 1.0001)).toBeLessThan(limit);
          expect(logBetaMixture(hits, n, 1 - (1 - high) * 0.9999)).toBeGreaterThan(limit - 1e-6);
        }
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});

describe('hybrid e-process', () => {
  const canary = hybridEProcess([0.1, 0.9], 0.02);

  it('matches the reference value', () => {
    expect(hybridLogE(canary, [130, 870])).toBeCloseTo(2.8453766385, 10);
    expect(hybridLogE(hybridEProcess([0.9, 0.1], 0.02), [870, 130])).toBeCloseTo(2.8453766385, 10);
  });

  it('has expectation one under the declared split, with two and with three arms', () => {
    let two = 0;
    for (let hits = 0; hits <= 60; hits += 1) {
      two += Math.exp(logBinomialPoint(hits, 60, 0.1) + hybridLogE(canary, [hits, 60 - hits]));
    }
    expect(two).toBeCloseTo(1, 9);
    const shares = [0.6, 0.3, 0.1];
    const three = hybridEProcess(shares, 0.05);
    let mean = 0;
    for (let a = 0; a <= 20; a += 1) {
      for (let b = 0; a + b <= 20; b += 1) {
        const logPoint = logBinomialPoint(a, 20, 0.6) + logBinomialPoint(b, 20 - a, 0.3 / 0.4);
        mean += Math.exp(logPoint + hybridLogE(three, [a, b, 20 - a - b]));
      }
    }
    expect(mean).toBeCloseTo(1, 9);
  });

  it('does not overflow and adds logarithms exactly', () => {
    expect(logSumExp([1000, 1000])).toBeCloseTo(1000 + Math.LN2, 12);
    expect(hybridLogE(canary, [1e7, 0])).toBeGreaterThan(1e6);
  });

  it('is never larger than under any labelling of the unsigned requests', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(40), fc.nat(12), (a, b, unknown) => {
        const guarded = hybridLogE(canary, [a, b], unknown);
        for (let toFirst = 0; toFirst <= unknown; toFirst += 1) {
          expect(guarded).toBeLessThanOrEqual(hybridLogE(canary, [a + toFirst, b + unknown - toFirst]) + 1e-9);
        }
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it('finds the labelling that makes the mixture smallest', () => {
    const shares = [0.2, 0.3, 0.5];
    fc.assert(
      fc.property(fc.nat(20), fc.nat(20), fc.nat(20), fc.nat(15), (a, b, c, unknown) => {
        const found = mostFavourableLabelling([a, b, c], shares, unknown);
        expect(found[0]! + found[1]! + found[2]!).toBe(a + b + c + unknown);
        let least = Number.POSITIVE_INFINITY;
        for (let x = 0; x <= unknown; x += 1) {
          for (let y = 0; x + y <= unknown; y += 1) {
            least = Math.min(least, logDirichletMixture([a + x, b + y, c + unknown - x - y], shares));
          }
        }
        expect(logDirichletMixture(found, shares)).toBeCloseTo(least, 9);
      }),
      { seed: 5, numRuns: 200 },
    );
  });
});
