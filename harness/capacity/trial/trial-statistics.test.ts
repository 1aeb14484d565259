import { describe, expect, it } from 'vitest';
import { effectiveBounds, isDecided } from './look-rule.ts';
import { BIN_SECONDS, type TrialBins } from './trial-bins.ts';
import { batchMeans, designEffect, relaxationSeconds, trialStatistics } from './trial-statistics.ts';

/** The reference vector: 32 batches of 100 requests. */
const BAD = [3, 5, 4, 6, 8, 9, 7, 5, 4, 2, 3, 5, 6, 8, 10, 9, 7, 6, 4, 3, 2, 4, 5, 7, 9, 8, 6, 5, 3, 4, 6, 5];
const HUNDREDS = BAD.map(() => 100);

const flat = (seconds: number, perBin: number, bad: number, open: number): TrialBins => {
  const bins = Math.round(seconds / BIN_SECONDS);
  const fill = (value: number) => new Array<number>(bins).fill(value);
  return { arrivals: fill(perBin), bad: fill(bad), open: fill(open) };
};

describe('design effect', () => {
  it('gives the digits of the reference vector', () => {
    const { mean, correlation } = batchMeans(BAD, HUNDREDS);
    const deff = designEffect(BAD, HUNDREDS);
    expect(mean).toBe(0.055625);
    expect(correlation.toFixed(7)).toBe('0.6953460');
    expect(deff.toFixed(7)).toBe('4.9848958');
    expect((3200 / deff).toFixed(3)).toBe('641.939');
  });

  it('is 1 where nothing or everything is bad, and never less', () => {
    expect(designEffect([0, 0, 0], [10, 10, 10])).toBe(1);
    expect(designEffect([10, 10, 10], [10, 10, 10])).toBe(1);
    expect(designEffect([5, 5, 5, 5], [10, 10, 10, 10])).toBe(1);
    expect(designEffect([], [])).toBe(1);
  });

  it('holds the correlation at 0.8', () => {
    expect(batchMeans([...new Array(16).fill(0), ...new Array(16).fill(100)], HUNDREDS).correlation).toBe(0.8);
  });
});

describe('relaxation time', () => {
  it('is that of a first-order process', () => {
    // N(t+h) = a·N(t) + noise relaxes in h/(-ln a); deterministic noise of a fixed linear congruence
    const [a, bins] = [0.95, 40_000];
    let [state, value] = [1, 0];
    const open = Array.from({ length: bins }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      value = a * value + state / 2 ** 32 - 0.5;
      return value;
    });
    const tau = relaxationSeconds(open, BIN_SECONDS);
    const expected = (BIN_SECONDS * (1 + a)) / (1 - a) / 2;
    expect(tau / expected).toBeGreaterThan(0.5);
    expect(tau / expected).toBeLessThan(2);
  });

  it('is 0 for a number that does not change', () => {
    expect(relaxationSeconds([3, 3, 3, 3], BIN_SECONDS)).toBe(0);
  });
});

describe('trial', () => {
  it('leaves the warm-up out and adds half an event', () => {
    const trial = trialStatistics(flat(20, 10, 0, 2), 100, 0.5);
    expect(trial).toMatchObject({ requests: 1700, bad: 0, share: 0, seconds: 17, overloaded: false });
    expect(trial.estimate).toBeCloseTo(0.5 / 1701, 12);
    expect(trialStatistics(flat(5, 10, 0, 2), 100, 0.5).requests).toBe(300);
  });

  it('is overloaded when more than 3λT requests are open for half of the last tenth', () => {
    expect(trialStatistics(flat(20, 10, 0, 151), 100, 0.5)).toMatchObject({ overloaded: true, estimate: 0.9 });
    expect(trialStatistics(flat(20, 10, 0, 150), 100, 0.5).overloaded).toBe(false);
  });

  it('counts no more than half its relaxation times, however many requests it had', () => {
    const bins = flat(60, 100, 1, 0);
    const wave = { ...bins, open: bins.open.map((_, index) => (index % 300 < 150 ? 10 : 20)) };
    const trial = trialStatistics(wave, 1000, 0.5);
    expect(trial.designEffect).toBe(1);
    expect(trial.tauSeconds).toBeGreaterThan(1);
    expect(trial.effectiveRequests).toBeCloseTo(trial.seconds / (2 * trial.tauSeconds), 9);
    expect(trial.effectiveRequests).toBeLessThan(100);
  });

  it('says nothing of an empty trial', () => {
    expect(trialStatistics({ arrivals: [], bad: [], open: [] }, 100, 0.5)).toMatchObject({
      requests: 0,
      estimate: 0.5,
      weight: 1,
    });
  });

  it('is ended by a look only when the verdict is clear', () => {
    expect(isDecided(trialStatistics(flat(15, 10, 0, 2), 100, 0.5), 0.05)).toBe(true);
    expect(isDecided(trialStatistics(flat(15, 20, 1, 2), 200, 0.5), 0.05)).toBe(false);
    expect(isDecided(trialStatistics(flat(15, 10, 2, 2), 100, 0.5), 0.05)).toBe(true);
    expect(isDecided(trialStatistics(flat(15, 10, 0, 200), 100, 0.5), 0.05)).toBe(true);
    expect(effectiveBounds(0, 688, 0.005).high).toBeCloseTo(0.00767146563, 10);
  });
});
