/** Reference values: scipy 1.17.1, beta.ppf for Clopper-Pearson bounds and binom.cdf for ranks. */
import { describe, expect, it } from 'vitest';
import { trialStatistics } from '../trial/trial-statistics.ts';
import {
  type ArmTrial,
  type Comparison,
  capacityRatio,
  compareArms,
  comparedTo,
  judgeAgainst,
  quantileEstimate,
} from './against.ts';

const RATE = 100;
const LIMIT_SECONDS = 0.5;

/** 20 s at 100/s, evenly; `latency` says what the i-th answer took. */
function trial(latency: (index: number) => number): ArmTrial {
  const dueSeconds = Array.from({ length: 2000 }, (_, index) => index / RATE);
  const latenciesMs = dueSeconds.map((_, index) => latency(index));
  const bad = Array.from({ length: 200 }, (_, bin) =>
    latenciesMs.slice(bin * 10, bin * 10 + 10).reduce((count, ms) => count + (ms > LIMIT_SECONDS * 1000 ? 1 : 0), 0),
  );
  const bins = { arrivals: new Array<number>(200).fill(10), bad, open: new Array<number>(200).fill(1) };
  return { bins, statistics: trialStatistics(bins, RATE, LIMIT_SECONDS), answers: { dueSeconds, latenciesMs } };
}
const LOAD = { ratePerSecond: RATE, limitSeconds: LIMIT_SECONDS, confidence: 0.98 };

/** A share with that many effective requests. */
function statistics(share: number, effectiveRequests: number): ArmTrial {
  const one = trial(() => 10);
  return { ...one, statistics: { ...one.statistics, requests: 1e9, bad: share * 1e9, share, effectiveRequests } };
}

describe('shares of bad answers', () => {
  it.each([
    [0.02, 800, 90 / 2010, 700, 0.010270319, 0.034774687, 0.028507145, 0.06641979, 0.002799521, 0.048506167],
    [0, 2000, 3 / 2000, 1500, 0, 0.002299936, 0.000139145, 0.005870582, -0.001172383, 0.005870582],
    [0.02, 60.5, 0.04, 55.25, 0.000405118, 0.11067806, 0.003625084, 0.149412255, -0.077701817, 0.131153052],
  ])('%s on %s against %s on %s', (stable, one, canary, other, ...expected) => {
    const { share, effectiveRequests } = compareArms([statistics(stable, one)], [statistics(canary, other)], LOAD);
    const ends = [share.stable, share.canary, share.difference].flatMap(({ low, high }) => [low, high]);
    for (const [index, end] of ends.entries()) expect(end).toBeCloseTo(expected[index]!, 8);
    expect(share.difference.value).toBeCloseTo(canary - stable, 9);
    expect(effectiveRequests).toEqual({ stable: one, canary: other });
  });

  it('two trials of an arm are one sample', () => {
    const { share, effectiveRequests } = compareArms(
      [statistics(0.01, 300), statistics(0.03, 500)],
      [statistics(0.02, 800)],
      LOAD,
    );
    expect(share.stable).toEqual(share.canary);
    expect(effectiveRequests.stable).toBe(800);
  });
});

describe('percentiles', () => {
  const upTo = (length: number) => Float64Array.from({ length }, (_, index) => index + 1);

  it.each([
    [200, 0.95, 0.98, 190, 182, 197],
    [200, 0.5, 0.95, 100, 86, 115],
    [200, 0.99, 0.98, 198, 194, Infinity],
    [1000, 0.95, 0.98, 950, 933, 966],
    [5000, 0.99, 0.98, 4950, 4933, 4967],
  ])('of %i independent answers, p%s with %s', (length, quantile, confidence, value, low, high) => {
    expect(quantileEstimate(upTo(length), quantile, length, confidence)).toEqual({ value, low, high });
    // dependent ones are worth less: ranks of 200 in a sample ten times as long
    const scaled = quantileEstimate(upTo(length * 10), quantile, length, confidence);
    expect(scaled).toEqual({ value: value * 10, low: low * 10 - 9, high: high * 10 });
  });

  it('without an effective sample nothing is bounded, and no answer comes before its request', () => {
    expect(quantileEstimate(upTo(100), 0.5, 0.9, 0.98)).toEqual({ value: 50, low: 0, high: Infinity });
    expect(compareArms([], [], LOAD).quantiles[0]!.difference.value).toBeNaN();
  });

  it('leave the warm-up out, and count what was never answered as slowest', () => {
    // the first 3 s of 20 are warm-up; after that every 50th answer fails
    const slow = trial((index) => (index < 300 ? 400 : index % 50 === 0 ? Infinity : 20));
    const { quantiles, share } = compareArms([slow, slow], [slow, slow], LOAD);
    expect(quantiles.map(({ stable }) => stable.value)).toEqual([20, 20, Infinity]);
    expect(share.stable.value).toBeCloseTo(34 / 1700, 9);
    expect(quantiles[2]!.difference.value).toBeNaN();
  });

  it('of answers that come in bursts are less sure than of as many that do not', () => {
    const spread = trial((index) => (index % 10 === 0 ? 100 : 20));
    const bursts = trial((index) => (Math.floor(index / 100) % 10 === 5 ? 100 : 20 + (index % 100) / 10));
    const [even, dependent] = [spread, bursts].map((one) => compareArms([one], [one], LOAD).quantiles[0]!.stable);
    expect(even).toEqual({ value: 20, low: 20, high: 20 });
    expect(dependent!.high - dependent!.low).toBeGreaterThan(2);
  });
});

describe('the answer', () => {
  const difference = (low: number, high: number) =>
    ({ share: { difference: { value: (low + high) / 2, low, high } } }) as Comparison;

  it('fails what is surely worse, and passes what is not by more than the objective allows', () => {
    expect(judgeAgainst(difference(0.0001, 0.01), 0.05)).toBe('failed');
    expect(judgeAgainst(difference(-0.01, 0.05), 0.05)).toBe('passed');
    expect(judgeAgainst(difference(-0.2, -0.1), 0.05)).toBe('passed');
    expect(judgeAgainst(difference(0, 0.051), 0.05)).toBe('inconclusive');
  });

  it('bounds a difference by the ends that matter', () => {
    const { difference: seen } = comparedTo({ value: 10, low: 7, high: 12 }, { value: 15, low: 12, high: 19 });
    expect(seen).toEqual({ value: 5, low: 5 - Math.hypot(3, 2), high: 5 + Math.hypot(4, 3) });
  });

  it('divides the brackets by the ends that leave the most', () => {
    const [stable, canary] = [
      { low: 300, high: 310 },
      { low: 225, high: 240 },
    ];
    expect(capacityRatio(stable, canary)).toEqual({ low: 225 / 310, high: 240 / 300 });
    expect(capacityRatio(stable, { low: undefined, high: 240 })).toEqual({ low: undefined, high: 0.8 });
    expect(capacityRatio({ low: 300, high: undefined }, canary).low).toBeUndefined();
  });
});
