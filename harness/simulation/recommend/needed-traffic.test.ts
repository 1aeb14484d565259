import { expect, it } from 'vitest';
import { binomialLowerTail, binomialUpperTail } from '../../stats/proportion.ts';
import { leastRequests } from './needed-traffic.ts';

const limits = { maxFalse: 0.01, maxMiss: 0.001 };

it('against a perfect version one error is enough: (1 - e1)^n', () => {
  expect(leastRequests(0, 0.05, limits)).toBe(Math.ceil(Math.log(0.001) / Math.log(0.95)));
});

it('is the least: with one request less no number of errors tells both apart', () => {
  const n = leastRequests(0.002, 0.05, limits)!;
  const tells = (size: number) =>
    Array.from({ length: 60 }, (_, k) => k).some(
      (k) =>
        binomialLowerTail(k, size, 0.05) <= limits.maxMiss && binomialUpperTail(k + 1, size, 0.002) <= limits.maxFalse,
    );
  expect(tells(n)).toBe(true);
  expect(Array.from({ length: n - 1 }, (_, index) => index + 1).some(tells)).toBe(false);
});

it('nothing tells what does not differ', () => {
  expect(leastRequests(0.02, 0.02, limits)).toBeUndefined();
  expect(leastRequests(0.02, 0.01, limits)).toBeUndefined();
});
