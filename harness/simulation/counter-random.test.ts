/** Draws against the exact probabilities, by chi-square at 1e-6, on both sides of every change of method. */
import { describe, expect, it } from 'vitest';
import { logBinomialPoint } from '../stats/proportion.ts';
import { chiSquareUpperTail, logGamma } from '../stats/special-functions.ts';
import { CounterRandom, PURPOSE } from './counter-random.ts';

const DRAWS = 40_000;

function pValue(draw: (random: CounterRandom) => number, pointOf: (k: number) => number): number {
  const random = new CounterRandom();
  const counts = new Map<number, number>();
  for (let run = 0; run < DRAWS; run += 1) {
    random.seek(5, run, 1, 0, PURPOSE.good);
    const k = draw(random);
    counts.set(k, (counts.get(k) ?? 0) + 1);
  }
  let statistic = 0;
  let cells = 0;
  let rest = { expected: DRAWS, found: DRAWS };
  for (let k = 0; k <= Math.max(...counts.keys()); k += 1) {
    const expected = DRAWS * pointOf(k);
    if (expected < 10) continue;
    const found = counts.get(k) ?? 0;
    statistic += (found - expected) ** 2 / expected;
    cells += 1;
    rest = { expected: rest.expected - expected, found: rest.found - found };
  }
  if (rest.expected > 1) statistic += (rest.found - rest.expected) ** 2 / rest.expected;
  return chiSquareUpperTail(statistic, cells);
}

const poisson = (mean: number) => (k: number) => Math.exp(k * Math.log(mean) - mean - logGamma(k + 1));
const binomial = (n: number, share: number) => (k: number) => Math.exp(logBinomialPoint(k, n, share));
const negativeBinomial = (mean: number, fano: number) => (k: number) => {
  const r = mean / (fano - 1);
  return Math.exp(logGamma(r + k) - logGamma(k + 1) - logGamma(r) - r * Math.log(fano) + k * Math.log(1 - 1 / fano));
};

describe('counts', () => {
  it.each([0.05, 3, 9.9, 10.1, 150])('Poisson of mean %f', (mean) => {
    expect(pValue((random) => random.poisson(mean), poisson(mean))).toBeGreaterThan(1e-6);
    expect(pValue((random) => random.poisson(mean * 1.1 + 0.05), poisson(mean))).toBeLessThan(1e-6);
  });

  it.each([
    [20, 0.1],
    [30, 0.8],
    [600, 0.01],
    [600, 0.3],
  ])('binomial of %i at %f', (n, share) => {
    expect(pValue((random) => random.binomial(n, share), binomial(n, share))).toBeGreaterThan(1e-6);
    expect(pValue((random) => random.poisson(n * share), binomial(n, share))).toBeLessThan(share > 0.05 ? 1e-6 : 1);
  });

  it.each([
    [0.75, 2],
    [0.75, 5],
    [40, 3],
  ])('negative binomial of mean %f and Fano factor %f', (mean, fano) => {
    expect(pValue((random) => random.negativeBinomial(mean, fano), negativeBinomial(mean, fano))).toBeGreaterThan(1e-6);
    expect(pValue((random) => random.poisson(mean), negativeBinomial(mean, fano))).toBeLessThan(1e-6);
  });

  it('are certain where nothing is left to chance', () => {
    const random = new CounterRandom();
    random.seek(1, 1, 1, 1, PURPOSE.bad);
    expect([random.poisson(0), random.binomial(7, 1), random.binomial(7, 0), random.binomial(0, 0.5)]).toEqual([
      0, 7, 0, 0,
    ]);
  });
});
