import { describe, expect, it } from 'vitest';
import { exactMultinomialPValue, likelihoodRatioFit, pearsonFit } from './multinomial-fit.ts';
import { binomialTwoSidedPValue } from './proportion.ts';

describe('goodness of fit', () => {
  it('Pearson and G match the reference values', () => {
    const pearson = pearsonFit([520, 300, 180], [0.5, 0.3, 0.2]);
    expect(pearson.statistic).toBeCloseTo(2.8, 12);
    expect(pearson.degreesOfFreedom).toBe(2);
    expect(pearson.pValue).toBeCloseTo(0.24659696, 8);
    const ratio = likelihoodRatioFit([520, 300, 180], [0.5, 0.3, 0.2]);
    expect(ratio.statistic).toBeCloseTo(2.859756043, 9);
    expect(ratio.pValue).toBeCloseTo(0.23933811, 8);
    expect(likelihoodRatioFit([10, 0], [0.5, 0.5]).statistic).toBeCloseTo(20 * Math.log(2), 12);
  });

  it('the exact multinomial test matches the reference value and, with two arms, the exact binomial one', () => {
    expect(exactMultinomialPValue([1, 5, 4], [0.5, 0.3, 0.2])).toBeCloseTo(0.0176936625, 10);
    expect(exactMultinomialPValue([3, 27], [0.3, 0.7])).toBeCloseTo(binomialTwoSidedPValue(3, 30, 0.3), 10);
  });
});
