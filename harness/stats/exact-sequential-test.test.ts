import { describe, expect, it } from 'vitest';
import { fewOf } from '../testkit/runner/thorough.ts';
import { exactOperatingCharacteristics as exact } from './exact-sequential-test.ts';

/** The published table for 90/10: margin, alpha = beta, pass mean, q50, q95, q99, fail mean above and below. */
const TABLE = [
  [0.05, 1e-2, 488.5, 421, 939, 1327, 437.5, 314.7],
  [0.05, 1e-3, 710.2, 629, 1271, 1732, 632.3, 456.0],
  [0.05, 1e-6, 1343.4, 1238, 2128, 2695, 1198.0, 870.0],
] as const;

describe('exact dynamic program of the sequential pair', () => {
  it.each(fewOf(1, TABLE))(
    'margin %f at %f matches the table',
    (margin, rate, mean, q50, q95, q99, failAbove, failBelow) => {
      const size = { share: 0.1, margin, alpha: rate, beta: rate };
      const atShare = exact(size, 0.1, 10_000);
      expect(atShare.meanRequests).toBeCloseTo(mean, 1);
      expect([0.5, 0.95, 0.99].map((probability) => atShare.quantile(probability))).toEqual([q50, q95, q99]);
      const above = exact(size, 0.1 + margin, 10_000);
      const below = exact(size, 0.1 - margin, 10_000);
      expect(above.meanRequests).toBeCloseTo(failAbove, 1);
      expect(below.meanRequests).toBeCloseTo(failBelow, 1);
      // Ville: both errors stay below what is promised.
      expect(atShare.failProbability).toBeLessThan(rate);
      expect(above.passProbability).toBeLessThan(rate);
      expect(below.passProbability).toBeLessThan(rate);
    },
  );

  it.each(
    fewOf(1, [
      [0.1, 710],
      [0.2, 1233],
    ]),
  )('smoke profile at share %f passes after %i requests on average', (share, mean) => {
    const run = exact({ share, margin: 0.05, alpha: 1e-3, beta: 1e-3 }, share, 20_000);
    expect(Math.round(run.meanRequests)).toBe(mean);
  });

  it('refuses a margin without room', () => {
    expect(() => exact({ share: 0.02, margin: 0.02, alpha: 0.01, beta: 0.01 }, 0.02, 100)).toThrow(RangeError);
  });
});
