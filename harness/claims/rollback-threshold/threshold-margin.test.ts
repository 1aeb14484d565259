import { describe, expect, it } from 'vitest';
import { deterministicInjector, ratioOfText } from '../../../k8s/workload/injection.ts';
import {
  decidableLevel,
  leastRequestsInWindow,
  rateForLimit,
  spareRequests,
  timeAboveLimitMs,
} from './threshold-margin.ts';

const TRAFFIC = { ratePerSecond: 60, weight: 0.5, windowMs: 30_000, scrapeIntervalMs: 2_000, flushMs: 0 };

/** Extreme shares of faults in any `n` consecutive requests of a long run, one request counted on one side only. */
function measuredExtremes(ratio: string, n: number) {
  const hit = deterministicInjector(ratioOfText(ratio)!);
  const hits = Array.from({ length: 6 * n }, () => (hit() ? 1 : 0));
  let most = 0;
  let least = 1;
  for (let from = 0; from + n <= hits.length; from += 1) {
    const count = hits.slice(from, from + n).reduce((sum: number, value) => sum + value, 0);
    most = Math.max(most, (count + 1) / n);
    least = Math.min(least, Math.max(0, count - 1) / n);
  }
  return { most, least };
}

describe('decidableLevel', () => {
  it('counts what a window holds for sure', () => {
    // mean 60 · 0.5 · 26 s = 780, standard deviation sqrt(390) = 19.7
    expect(leastRequestsInWindow(TRAFFIC)).toBe(686);
    // five merges of 5 s: mean 750, standard deviation sqrt(375)
    expect(leastRequestsInWindow({ ...TRAFFIC, flushMs: 5_000 })).toBe(658);
    expect(leastRequestsInWindow({ ...TRAFFIC, windowMs: 8_000, flushMs: 5_000 })).toBe(0);
    expect(leastRequestsInWindow({ ...TRAFFIC, windowMs: 4_000 })).toBe(0);
  });

  it.each([0.01, 0.05])('no window of that size can fall on the other side of %f', (limit) => {
    const inside = decidableLevel(limit, 'inside', TRAFFIC);
    const outside = decidableLevel(limit, 'outside', TRAFFIC);
    expect(measuredExtremes(inside.ratio, inside.requestsInWindow).most).toBeLessThanOrEqual(limit);
    expect(measuredExtremes(outside.ratio, outside.requestsInWindow).least).toBeGreaterThanOrEqual(limit);
    // and not much further away than it must be
    expect(outside.share - inside.share).toBeLessThan(6 / inside.requestsInWindow);
  });

  it.each([0.01, 0.05])('nor can the spare requests of a window tip a limit of %f when they are not sent', (limit) => {
    const full = leastRequestsInWindow(TRAFFIC);
    const spare = spareRequests(TRAFFIC);
    expect([full, spare]).toEqual([686, 68]);
    const [inside, outside] = [decidableLevel(limit, 'inside', TRAFFIC), decidableLevel(limit, 'outside', TRAFFIC)];
    expect([inside.requestsInWindow, outside.requestsInWindow]).toEqual([full - spare, full - spare]);
    for (const unsent of [0, 1, spare / 2, spare]) {
      expect(measuredExtremes(inside.ratio, full - unsent).most).toBeLessThanOrEqual(limit);
      expect(measuredExtremes(outside.ratio, full - unsent).least).toBeGreaterThanOrEqual(limit);
    }
    // with half of the window missing it can
    expect(measuredExtremes(outside.ratio, Math.floor(full / 4)).least).toBeLessThan(limit);
  });

  it('says which rate would do when the traffic is too thin', () => {
    const thin = { ...TRAFFIC, ratePerSecond: 5 };
    expect(() => decidableLevel(0.01, 'inside', thin)).toThrow(/too few/);
    const rate = rateForLimit(0.01, thin);
    expect(() => decidableLevel(0.01, 'inside', { ...thin, ratePerSecond: rate })).not.toThrow();
    expect(() => decidableLevel(0.01, 'inside', { ...thin, ratePerSecond: rate - 2 })).toThrow();
  });
});

describe('timeAboveLimitMs', () => {
  it('is the duration of the fault when its share is twice the limit', () => {
    expect(timeAboveLimitMs(0.05, 0.1, 110_000, 30_000)).toBe(110_000);
    expect(timeAboveLimitMs(0.05, 0.5, 110_000, 30_000)).toBe(134_000);
    expect(timeAboveLimitMs(0.05, 0.05, 110_000, 30_000)).toBe(0);
  });
});
