/** The whole published table, and the shares where the program is long; exact-sequential-test.test.ts holds a core. */
import './exact-sequential-test.test.ts';
import { describe, expect, it } from 'vitest';
import { exactOperatingCharacteristics as exact } from './exact-sequential-test.ts';

/** The published table for 90/10: margin, alpha = beta, pass mean, q50, q95, q99, fail mean above and below. */
const TABLE = [
  [0.02, 1e-2, 2999.6, 2611, 5594, 7724, 2506.8, 2205.8],
  [0.02, 1e-3, 4341.5, 3885, 7480, 9995, 3639.7, 3207.7],
  [0.02, 1e-6, 8079.5, 7514, 12_216, 15_260, 6931.8, 6128.7],
] as const;

describe('exact dynamic program of the sequential pair', () => {
  it.each(TABLE)('margin %f at %f matches the table', (margin, rate, mean, q50, q95, q99, failAbove, failBelow) => {
    const size = { share: 0.1, margin, alpha: rate, beta: rate };
    const most = 60_000;
    const atShare = exact(size, 0.1, most);
    expect(atShare.meanRequests).toBeCloseTo(mean, 1);
    expect([0.5, 0.95, 0.99].map((probability) => atShare.quantile(probability))).toEqual([q50, q95, q99]);
    const above = exact(size, 0.1 + margin, most);
    const below = exact(size, 0.1 - margin, most);
    expect(above.meanRequests).toBeCloseTo(failAbove, 1);
    expect(below.meanRequests).toBeCloseTo(failBelow, 1);
    // Ville: both errors stay below what is promised.
    expect(atShare.failProbability).toBeLessThan(rate);
    expect(above.passProbability).toBeLessThan(rate);
    expect(below.passProbability).toBeLessThan(rate);
    if (rate === 1e-3) {
      expect(atShare.failProbability).toBeCloseTo(9.6256e-4, 8);
      expect(above.passProbability).toBeCloseTo(9.8854e-4, 8);
      expect(below.passProbability).toBeCloseTo(9.2465e-4, 8);
    }
  });

  it('has the published numbers of the asymmetric default', () => {
    const size = { share: 0.1, margin: 0.02, alpha: 1e-6, beta: 1e-3 };
    const run = exact(size, 0.1, 60_000);
    expect(Math.round(run.meanRequests)).toBe(4348);
    expect(run.quantile(0.99)).toBe(10_059);
    expect(run.failProbability).toBeCloseTo(9.63e-7, 9);
    const off = exact(size, 0.12, 60_000);
    expect(Math.round(off.meanRequests)).toBe(6922);
    expect(off.passProbability).toBeCloseTo(9.89e-4, 6);
    expect(exact(size, 0.1, 20_792).undecidedProbability).toBeCloseTo(1.66e-5, 7);
    expect(exact(size, 0.12, 20_792).undecidedProbability).toBeCloseTo(4.8e-4, 5);
    expect(exact(size, 0.11, 20_792).undecidedProbability).toBeCloseTo(0.451, 3);
  });

  it.each([
    [0.25, 1441],
    [0.4, 1840],
    [0.5, 1917],
  ])('smoke profile at share %f passes after %i requests on average', (share, mean) => {
    const run = exact({ share, margin: 0.05, alpha: 1e-3, beta: 1e-3 }, share, 20_000);
    expect(Math.round(run.meanRequests)).toBe(mean);
  });
});
