import { describe, expect, it } from 'vitest';
import { logLeakE, zeroWeightSampleSize } from './leak-e-process.ts';
import { binomialUpperTail, logBinomialPoint } from './proportion.ts';
import { fixedSampleSize, smallestDetectableDrift } from './sample-size.ts';
import { everySizeIsTheSmallest } from './sample-size-fixture.ts';

describe('fixed sample size', () => {
  it('gives the published table for 90/10', () => {
    const table = [
      [0.05, 944, 1656, 3914],
      [0.02, 5500, 9442, 22_086],
      [0.01, 21_730, 36_948, 85_273],
    ] as const;
    for (const [margin, ...expected] of table) {
      const found = [1e-2, 1e-3, 1e-6].map((rate) => fixedSampleSize({ share: 0.1, margin, alpha: rate, beta: rate }));
      expect(found).toEqual(expected);
    }
  });

  // more sizes: sample-size.thorough.test.ts
  it('is the smallest n, saw-tooth and all', () => {
    everySizeIsTheSmallest(4);
  });
});

describe('smallest detectable drift', () => {
  it('is found with the promised probability, and a smaller one is not', () => {
    const [n, share, alpha, beta] = [4000, 0.1, 1e-6, 1e-3] as const;
    const drift = smallestDetectableDrift(n, share, alpha, beta);
    const power = (truth: number) => {
      let critical = 0;
      while (binomialUpperTail(critical, n, share) > alpha / 2) critical += 1;
      return binomialUpperTail(critical, n, truth);
    };
    expect(power(share + drift)).toBeCloseTo(1 - beta, 9);
    expect(power(share + drift * 0.98)).toBeLessThan(1 - beta);
  });

  it('knows the ends: no requests, weight zero, weight all, too few to look down', () => {
    expect(smallestDetectableDrift(0, 0.1, 1e-6, 1e-3)).toBe(0.9);
    expect(smallestDetectableDrift(1000, 0, 1e-6, 1e-3)).toBeCloseTo(1 - 0.001 ** (1 / 1000), 12);
    expect(smallestDetectableDrift(1000, 1, 1e-6, 1e-3)).toBeCloseTo(1 - 0.001 ** (1 / 1000), 12);
    expect(smallestDetectableDrift(5, 0.1, 1e-6, 1e-3)).toBeGreaterThanOrEqual(0.1);
  });
});

describe('weight zero', () => {
  it('needs the published number of requests', () => {
    const sizes = [0.01, 0.005, 0.001].map((leak) =>
      [1e-2, 1e-3, 1e-6].map((beta) => zeroWeightSampleSize(leak, beta)),
    );
    expect(sizes).toEqual([
      [459, 688, 1375],
      [919, 1379, 2757],
      [4603, 6905, 13_809],
    ]);
  });

  it('as an e-process needs one request more, and tolerates requests nobody signed', () => {
    const firstAt = (unknown: number) => {
      let n = unknown;
      while (logLeakE(n, unknown, 0.01) < Math.log(1000)) n += 1;
      return n;
    };
    expect(firstAt(0)).toBe(689);
    expect(firstAt(1)).toBeGreaterThan(1000);
    expect(firstAt(1)).toBeLessThan(2500);
  });

  it('has expectation at most one for every leak it is meant to exclude', () => {
    for (const leak of [0.01, 0.02, 0.2]) {
      let mean = 0;
      for (let hits = 0; hits <= 300; hits += 1) {
        mean += Math.exp(logBinomialPoint(hits, 300, leak) + logLeakE(300, hits, 0.01));
      }
      expect(mean).toBeLessThanOrEqual(1 + 1e-9);
    }
  });
});
