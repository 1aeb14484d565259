/** Reference values: the design's vector, and scipy 1.17.1's least_squares with bounds (0, ∞) from twelve starts. */
import { describe, expect, it } from 'vitest';
import { fitScalability, mostUseful, podsNeeded, scaledRate } from './pods.ts';

const measured = (pods: readonly number[], rates: readonly number[]) =>
  pods.map((count, index) => ({ pods: count, ratePerSecond: rates[index]! }));
const REFERENCE = measured(
  [1, 5, 10, 15, 20, 25, 30],
  [955.16, 4315.54, 7867.61, 9645.37, 10798.52, 12075.41, 12118.04],
);

describe('the universal scalability law', () => {
  it('gives the reference to its digits, in whatever order', () => {
    for (const points of [REFERENCE, REFERENCE.toReversed()]) {
      const fit = fitScalability(points);
      expect(fit.gamma).toBeCloseTo(1001.1026, 3);
      expect(fit.sigma).toBeCloseTo(0.0273462, 7);
      expect(fit.kappa).toBeCloseTo(7.70356e-4, 9);
      expect(mostUseful(fit)).toBeCloseTo(35.533, 3);
      expect(scaledRate(fit, mostUseful(fit)!)).toBeCloseTo(12310.33, 2);
    }
  });

  it.each([
    ['no coherence', [1, 2, 3, 4, 6, 8, 12], [100, 190, 272, 348, 484, 600, 800], [98.2707456, 0.043381002, 0]],
    ['neither', [1, 2, 3, 4, 5, 6], [100, 201, 299, 402, 500, 603], [100.2747253, 0, 0]],
    ['a peak', [1, 2, 4, 8, 16, 32], [100, 170, 250, 310, 330, 300], [102.9058626, 0.2066649, 0.00362636]],
  ] as const)('with %s, none is below 0', (_, pods, rates, [gamma, sigma, kappa]) => {
    const fit = fitScalability(measured(pods, rates));
    expect(fit.gamma).toBeCloseTo(gamma, 4);
    expect(fit.sigma).toBeCloseTo(sigma, 6);
    expect(fit.kappa).toBeCloseTo(kappa, 7);
    expect(mostUseful({ ...fit, kappa: 0 })).toBeUndefined();
  });
});

describe('pods that hold a load', () => {
  it('by a fit of six or more, up to half as many again', () => {
    // by the reference fit 15 pods hold 9,776/s and 16 hold 10,042/s
    expect(podsNeeded(REFERENCE, 10_000)).toEqual({ by: 'fit', pods: 16, most: 45, bestPods: 36 });
    expect(podsNeeded(REFERENCE, 100)).toMatchObject({ pods: 1 });
    // the most that any number holds is 12,310/s
    expect(podsNeeded(REFERENCE, 12_320)).toEqual({ by: 'fit', pods: undefined, most: 45, bestPods: 36 });
    const steady = measured([2, 3, 4, 5, 6, 8], [200, 300, 400, 500, 600, 800]);
    expect([podsNeeded(steady, 1190).pods, podsNeeded(steady, 1210).pods]).toEqual([12, undefined]);
  });

  it('by straight lines between fewer, and never beyond them', () => {
    const few = measured([8, 2, 4], [600, 200, 400]);
    expect(podsNeeded(few, 440)).toEqual({ by: 'lines', pods: 5, most: 8, bestPods: undefined });
    expect(podsNeeded(few, 450).pods).toBe(5);
    expect(podsNeeded(few, 451).pods).toBe(6);
    expect(podsNeeded(few, 50).pods).toBe(2);
    expect(podsNeeded(few, 601).pods).toBeUndefined();
  });
});
