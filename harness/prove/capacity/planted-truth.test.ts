import { describe, expect, it } from 'vitest';
import { createRandom } from '../../capacity/virtual/random.ts';
import { meanServiceMs, planeConfig, readLog } from './plane-config.ts';
import { bucketTruth, lossTruth, missedBy, pacedLossTruth, ratioOf, ratioTruth, returnTruth } from './planted-truth.ts';
import { latenessOf, replayedLoss } from './replayed-pool.ts';

describe('what planted systems hold', () => {
  it('Poisson arrivals at 20 workers of 50 ms without a queue', () => {
    expect(lossTruth(20, 50, 0.05).low).toBeCloseTo(304.99, 1);
    expect(lossTruth(20, 50, 0.01).low).toBeCloseTo(240.6, 1);
    // a whole percent of service time is a whole percent of capacity
    expect(lossTruth(20, 50.5, 0.05).low * 1.01).toBeCloseTo(lossTruth(20, 50, 0.05).low, 6);
  });

  it('paced arrivals, which no Poisson truth holds', () => {
    const { low, high } = pacedLossTruth(20, 50, 0.05, []);
    expect(high).toBeCloseTo(421.05, 2);
    // of a perfect schedule 1 of 21 is refused up to 420/s, and 2 of 22 above
    expect(low).toBeGreaterThan(419);
    expect(low).toBeLessThanOrEqual(420.05);
    expect(pacedLossTruth(20, 50, 0.01, []).high).toBeCloseTo(404.04, 2);
    expect(missedBy(lossTruth(20, 50, 0.05), { low, high })).toBeGreaterThan(0.27);
  });

  it('lateness costs a pool without a queue some of its capacity, and never gains any', () => {
    const random = createRandom(7);
    // up to one millisecond
    const late = Array.from({ length: 8000 }, () => random.uniform());
    const { low, high } = pacedLossTruth(20, 50, 0.05, late);
    expect(low).toBeGreaterThan(400);
    expect(low).toBeLessThan(417);
    expect(high).toBeCloseTo(421.05, 2);
  });

  it('a token bucket, a smaller canary, and what comes back from an overload', () => {
    expect(bucketTruth(400, 0.01).low).toBeCloseTo(404.04, 2);
    expect(ratioTruth(16, 20, 0.05).low).toBeCloseTo(0.757, 4);
    expect(ratioTruth(16, 20, 0.01).low).toBeCloseTo(0.7377, 4);
    const { low, high } = returnTruth(100, 2, { backlogSeconds: 3, withinSeconds: 30 });
    expect([low, high]).toEqual([expect.closeTo(30, 6), expect.closeTo(33.333, 3)]);
  });
});

describe('missedBy', () => {
  it.each([
    [{ low: 290, high: 310 }, 0],
    [{ low: 306, high: 320 }, 0.00328],
    [{ low: 280, high: 300 }, 0.0164],
    [{ low: 290 }, 0],
    [{ low: 310 }, 0.0164],
    [{ high: 300 }, 0.0164],
    [{}, 0],
  ])('%o of a truth of 305: %s', (found, by) => {
    expect(missedBy(found, { low: 305, high: 305 })).toBeCloseTo(by, 4);
  });

  it('half of a truth that is an interval is enough', () => {
    expect(missedBy({ low: 400, high: 415 }, { low: 410, high: 421 })).toBe(0);
    expect(missedBy({ low: 390, high: 400 }, { low: 410, high: 421 })).toBeCloseTo(0.0244, 4);
  });

  it('of two brackets the quotient may be anything that both allow', () => {
    expect(ratioOf({ low: 220, high: 240 }, { low: 300, high: 320 })).toEqual({ low: 220 / 320, high: 240 / 300 });
  });
});

describe('lateness from a log', () => {
  const stretch = (ratePerSecond: number, fromMs: number, late: (i: number) => number) =>
    Array.from({ length: 1000 }, (_, i) => fromMs + (i * 1000) / ratePerSecond + late(i));

  it('is of each trial against its own schedule, whatever a clock says', () => {
    const slow = stretch(200, 10_000, (i) => (i % 10 === 3 ? 2 : 0.1));
    const fast = stretch(400, 20_000, (i) => (i % 100 === 7 ? 5 : 0));
    const between = [17_000, 17_100];
    const trials = [
      { ratePerSecond: 200, fromMs: 9000, toMs: 16_000 },
      { ratePerSecond: 300, fromMs: 16_500, toMs: 18_000 },
      { ratePerSecond: 400, fromMs: 19_000, toMs: 24_000 },
    ];
    const late = latenessOf(trials, [...slow, ...between, ...fast]);
    expect(late).toHaveLength(2000);
    expect(late[0]).toBeCloseTo(0, 6);
    expect(late[3]).toBeCloseTo(1.9, 6);
    expect(late[1007]).toBeCloseTo(5, 6);
  });

  it('a pool that is played nobody late refuses what is above its rate', () => {
    const pool = { workers: 20, serviceMs: 50 };
    expect(replayedLoss(pool, 399, [])).toBe(0);
    expect(replayedLoss(pool, 410, [])).toBeCloseTo(1 / 21, 3);
    expect(replayedLoss(pool, 435, [])).toBeCloseTo(2 / 22, 3);
    expect(replayedLoss(pool, 800, [])).toBeCloseTo(0.5, 2);
  });
});

describe('the log of Envoy', () => {
  it('says when each request came, and how long it was upstream', () => {
    const requests = readLog(
      '1700000000.000250 200 50125\n1700000000.002750 503 -\n1700000000.005250 200 51375\n17000',
    );
    expect(requests).toEqual([
      { atMs: 1_700_000_000_000.25, status: 200, upstreamMs: 50.125 },
      { atMs: 1_700_000_000_002.75, status: 503, upstreamMs: undefined },
      { atMs: 1_700_000_000_005.25, status: 200, upstreamMs: 51.375 },
    ]);
    expect(meanServiceMs(requests)).toBe(50.75);
    expect(meanServiceMs([])).toBeUndefined();
  });

  it('limits what is planted, and nothing else', () => {
    const text = (spec: Parameters<typeof planeConfig>[0]) => JSON.stringify(planeConfig(spec, { pool: 1234 }, '/log'));
    expect(text({})).toContain('"max_requests":100000');
    expect(text({})).not.toMatch(/local_ratelimit|retry_policy/);
    expect(text({ maxRequests: 20 })).toContain('"max_requests":20,');
    expect(text({ tokensPerSecond: 400 })).toContain('"max_tokens":20,"tokens_per_fill":20,"fill_interval":"0.05s"');
    expect(text({ retries: { count: 2, tryTimeoutMs: 200 } })).toContain('"num_retries":2,"per_try_timeout":"0.2s"');
  });
});
