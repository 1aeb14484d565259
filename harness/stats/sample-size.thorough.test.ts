/** Beyond the exact range, where the exact program takes seconds; sample-size.test.ts holds what is quick. */
import { describe, expect, it } from 'vitest';
import { fixedSampleSize } from './sample-size.ts';
import { everySizeIsTheSmallest } from './sample-size-fixture.ts';
import { planSplit } from './split-plan.ts';

describe('planning', () => {
  it('states the default and the smoke profile before a request is sent', () => {
    const plan = planSplit({ share: 0.9, margin: 0.02, alpha: 1e-6, beta: 1e-3 });
    expect(plan.passMean).toBeCloseTo(4347.8, 0);
    expect(plan.passQuantile99).toBe(10_059);
    expect(plan.failMean).toBeCloseTo(6922, 0);
    expect(plan.cap).toBe(20_792);
    expect(plan.fixedSampleSize).toBe(fixedSampleSize({ share: 0.1, margin: 0.02, alpha: 1e-6, beta: 1e-3 }));
  });

  it('scales beyond the exact range to within three per cent', () => {
    const plan = planSplit({ share: 0.1, margin: 0.01, alpha: 1e-6, beta: 1e-6 });
    expect(Math.abs(plan.passMean / 32_112.3 - 1)).toBeLessThan(0.03);
    expect(Math.abs(plan.passQuantile99 / 59_817 - 1)).toBeLessThan(0.03);
    expect(Math.abs(plan.failMean / 26_936.3 - 1)).toBeLessThan(0.03);
  });
});

describe('fixed sample size', () => {
  it('is the smallest n, saw-tooth and all', () => {
    everySizeIsTheSmallest(25);
  });
});
