import { describe, expect, it } from 'vitest';
import { type RetryingSystem, retryingBins } from '../virtual/retrying-fixture.ts';
import {
  BEFORE_SECONDS,
  heldBefore,
  isWatchedWhole,
  PULSE,
  RETURN_SECONDS,
  ReturnSearch,
  returnedAfter,
} from './return-from-overload.ts';

const SHARE = 0.05;
/** 2 retries after 200 ms: stuck above μ/3. */
const RETRIES: RetryingSystem = { serviceRate: 1000, retries: 2, tryTimeoutSeconds: 0.2 };

function play(ratePerSecond: number, system: RetryingSystem = RETRIES, seed = 5) {
  const pulse = {
    fromSeconds: BEFORE_SECONDS,
    toSeconds: BEFORE_SECONDS + PULSE.seconds,
    ratePerSecond: 1.5 * system.serviceRate,
  };
  const bins = retryingBins(system, { ratePerSecond, seconds: RETURN_SECONDS, pulse }, seed);
  return { bins, after: returnedAfter(bins, pulse.toSeconds, SHARE) };
}

describe('return from an overload', () => {
  it('comes below μ/(1+r), and never above, although both held before', () => {
    for (const seed of [1, 2, 3]) {
      expect(play(200, RETRIES, seed).after).toBeLessThan(20);
      expect(play(500, RETRIES, seed)).toMatchObject({ after: undefined });
      expect(heldBefore(play(500, RETRIES, seed).bins, SHARE)).toBe(true);
    }
  });

  it('comes to a system whose clients do not try again', () => {
    expect(play(500, { ...RETRIES, retries: 0 }).after).toBeLessThan(5);
  });

  it('was watched whole where 35 s are left after the pulse', () => {
    const { bins } = play(500);
    expect(isWatchedWhole(bins, RETURN_SECONDS - 35)).toBe(true);
    expect(isWatchedWhole(bins, RETURN_SECONDS - 34.9)).toBe(false);
  });

  it('nothing is said of a load that was not held before', () => {
    expect(heldBefore(play(1100).bins, SHARE)).toBe(false);
  });
});

describe('the rate that recovers', () => {
  const search = (fromRate: number, truth: number) => {
    const machine = new ReturnSearch(fromRate);
    const tried: number[] = [];
    for (let rate = machine.next(); rate !== undefined; rate = machine.next()) {
      tried.push(Math.round(rate));
      machine.observe(rate, rate <= truth);
    }
    return { tried, found: machine.found };
  };

  it('is the first one where nothing sticks', () => {
    expect(search(800, 900)).toEqual({ tried: [800], found: { recovers: 800, stuck: undefined } });
  });

  it('is narrowed between what recovers and what does not', () => {
    const { tried, found } = search(800, 333);
    expect(tried).toEqual([800, 400, 200, 283, 336]);
    expect(found.recovers).toBeLessThanOrEqual(333);
    expect(found.stuck).toBeGreaterThan(333);
  });

  it('ends where nothing recovers', () => {
    expect(search(800, 0)).toEqual({ tried: [800, 400, 200, 100, 50], found: { recovers: undefined, stuck: 50 } });
  });

  it('finds the truth of the planted system by playing it', () => {
    const machine = new ReturnSearch(800);
    for (let rate = machine.next(); rate !== undefined; rate = machine.next())
      machine.observe(rate, play(rate).after !== undefined);
    // just below μ/(1+r) the backlog drains for longer than the 30 s that are given
    expect(machine.found.recovers).toBeGreaterThanOrEqual(200);
    expect(machine.found.recovers).toBeLessThan(1000 / 3);
    expect(machine.found.stuck).toBeLessThanOrEqual(400);
  });
});
