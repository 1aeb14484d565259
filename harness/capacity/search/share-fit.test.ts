import { expect, it } from 'vitest';
import { fisherQuantile, fitShare, rootInterval } from './share-fit.ts';

const POINTS = (
  [
    [90, 0.008, 200],
    [94, 0.017, 150],
    [97, 0.031, 120],
    [99, 0.043, 110],
    [101, 0.064, 100],
    [104, 0.11, 80],
  ] as const
).map(([ratePerSecond, estimate, weight]) => ({ ratePerSecond, estimate, weight }));

it('gives the digits of the reference vector', () => {
  const fit = fitShare(POINTS, 0.05);
  expect(fit.root.toFixed(5)).toBe('99.58197');
  expect(fit.slope.toFixed(5)).toBe('19.12936');
  expect(fit.deviance.toFixed(7)).toBe('0.0202341');
  const [at95, at98] = [0.95, 0.98].map((confidence) => rootInterval(POINTS, 0.05, fit, confidence));
  expect([at95!.low, at95!.high].map((rate) => rate.toFixed(5))).toEqual(['96.44668', '104.44487']);
  expect([at98!.low, at98!.high].map((rate) => rate.toFixed(5))).toEqual(['94.64528', '114.71729']);
});

it('holds the slope between 3 and 400', () => {
  const at = (share: number, rate: number) => ({ ratePerSecond: rate, estimate: share, weight: 500 });
  expect(fitShare([at(0.001, 100), at(0.9, 101)], 0.05).slope).toBe(400);
  expect(fitShare([at(0.05, 100), at(0.05, 110)], 0.05).slope).toBe(3);
});

it('widens with trials that disagree', () => {
  const noisy = POINTS.map((point, index) => ({ ...point, estimate: point.estimate * (index % 2 === 0 ? 3 : 0.3) }));
  const fit = fitShare(noisy, 0.05);
  expect(fit.dispersion).toBeGreaterThan(3);
  const width = ({ low, high }: { low: number; high: number }) => high / low;
  expect(width(rootInterval(noisy, 0.05, fit, 0.95))).toBeGreaterThan(
    width(rootInterval(POINTS, 0.05, fitShare(POINTS, 0.05), 0.95)),
  );
});

it('knows the quantiles of F', () => {
  expect(fisherQuantile(0.95, 4)).toBeCloseTo(7.708647, 6);
  expect(fisherQuantile(0.98, 3)).toBeCloseTo(20.617982, 5);
});
