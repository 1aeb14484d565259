import { describe, expect, it } from 'vitest';
import { createCoin } from '../stats/calibration-study.ts';
import { runsOf } from '../testkit/runner/thorough.ts';
import { judgeTwoWitnesses, scrapeAllowance, type TwoWitnessInput } from './two-witness.ts';

const book = (v1: number, v3: number) => [
  { arm: 'v1', count: v1 },
  { arm: 'v3', count: v3 },
];
/** Binomial(2000, .01) exceeds 44 once in a million, Binomial(300, .01) 14. */
const [RUNS, MOST_ALARMS] = [runsOf(300, 2000), runsOf(14, 44)];

const exact: TwoWitnessInput = {
  witness: 'Prometheus',
  client: book(9010, 990),
  witnessed: book(9010, 990),
  inFlight: 0,
  boundary: 0,
  extrapolationSpread: 0,
  alpha: 1e-6,
};

describe('two witnesses of the same requests', () => {
  it('raw counters without play must agree exactly', () => {
    expect(judgeTwoWitnesses(exact).outcome).toBe('passed');
    const off = judgeTwoWitnesses({ ...exact, witnessed: book(9009, 991) });
    expect(off.outcome).toBe('failed');
    expect(off.sentence).toContain('counted something else');
    expect(off.arms.map((arm) => arm.band)).toEqual([0, 0]);
  });

  it('requests in flight may all be the slow arm’s, and no more than that', () => {
    const given = { ...exact, inFlight: 20 };
    expect(judgeTwoWitnesses({ ...given, witnessed: book(9010, 970) }).outcome).toBe('passed');
    expect(judgeTwoWitnesses({ ...given, witnessed: book(9010, 965) }).outcome).toBe('failed');
  });

  it('agreement within a band that hides anything says nothing, and a difference beyond it still does', () => {
    const lossy = { ...exact, inFlight: 2_000, widest: 0.04 };
    const verdict = judgeTwoWitnesses(lossy);
    expect(verdict.outcome).toBe('inconclusive');
    expect(verdict.sentence).toContain(
      '2,000 requests may be in one count and not in the other (errors, answers without a version, requests in flight), so that two honest counts may differ by 22.53 points, and more than 4 points says nothing',
    );
    expect(judgeTwoWitnesses({ ...lossy, inFlight: 300 }).outcome).toBe('passed');
    expect(judgeTwoWitnesses({ ...lossy, witnessed: book(4_000, 6_000) }).outcome).toBe('failed');
  });

  it('a counter that lost a random tenth of the requests agrees; one that lost only the canary’s does not', () => {
    const coin = createCoin(50);
    const boundary = 1000;
    let [v1, v3] = [9010, 990];
    for (let i = 0; i < boundary; i += 1) {
      if (coin.below(v1 + v3) < v3) v3 -= 1;
      else v1 -= 1;
    }
    const verdict = judgeTwoWitnesses({ ...exact, boundary, witnessed: book(v1, v3) });
    expect(verdict.outcome).toBe('passed');
    expect(verdict.notes).toEqual([]);
    expect(judgeTwoWitnesses({ ...exact, boundary, witnessed: book(9010, 790) }).outcome).toBe('failed');
  });

  it('keeps its false-alarm rate: a random part of the requests at the level stated', () => {
    const coin = createCoin(51);
    let alarms = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const hits = Array.from({ length: 1000 }, () => coin.hit(0.1));
      const seen = hits.slice(0, 800);
      const count = (list: boolean[]) => list.filter(Boolean).length;
      const verdict = judgeTwoWitnesses({
        ...exact,
        client: book(1000 - count(hits), count(hits)),
        witnessed: book(800 - count(seen), count(seen)),
        boundary: 200,
        alpha: 0.01,
      });
      if (verdict.outcome === 'failed') alarms += 1;
    }
    expect(alarms).toBeLessThanOrEqual(MOST_ALARMS);
  });

  it('derives what a scrape interval leaves open', () => {
    const allowance = scrapeAllowance(1000, 5, 60);
    expect(allowance.boundary).toBe(10_000);
    expect(allowance.extrapolationSpread).toBeCloseTo(5.5 / 55.5, 12);
    const stretched = { ...exact, ...allowance, witnessed: book(9800, 980) };
    const verdict = judgeTwoWitnesses(stretched);
    expect(verdict.outcome).toBe('passed');
    expect(verdict.sentence).toContain('counted the same');
    expect(verdict.arms[0]!.band).toBeLessThan(0.05);
    expect(judgeTwoWitnesses({ ...stretched, witnessed: book(8500, 1500) }).outcome).toBe('failed');
  });

  it('notes a counter that holds more requests than were sent', () => {
    const twice = judgeTwoWitnesses({ ...exact, witnessed: book(18_020, 1980) });
    expect(twice.outcome).toBe('passed');
    expect(twice.countDifference).toBe(10_000);
    expect(twice.notes[0]).toContain('10,000 requests more');
    expect(judgeTwoWitnesses({ ...exact, witnessed: book(901, 99) }).notes[0]).toContain('fewer');
  });

  it('has nothing to say when one of them saw nothing, and sees an arm that only one of them knows', () => {
    expect(judgeTwoWitnesses({ ...exact, witnessed: [] }).outcome).toBe('inconclusive');
    expect(judgeTwoWitnesses({ ...exact, client: [] }).sentence).toContain('the client counted no request');
    const extra = judgeTwoWitnesses({ ...exact, witnessed: [...book(9010, 980), { arm: 'v2', count: 10 }] });
    expect(extra.outcome).toBe('failed');
    expect(extra.arms.find((arm) => arm.arm === 'v2')!.agrees).toBe(false);
  });

  it('leaves out what the proxy says it tried again, and says so', () => {
    const attempts = { ...exact, witnessed: book(9010, 1380) };
    expect(judgeTwoWitnesses(attempts)).toMatchObject({ outcome: 'failed', codes: ['more-than-sent'] });
    const told = judgeTwoWitnesses({ ...attempts, retried: book(0, 390) });
    expect(told).toMatchObject({ outcome: 'passed', codes: ['retries'], countDifference: 0 });
    expect(told.notes[0]).toContain('390 to v3');
  });

  it('tells mirrored traffic from retries: the proxy tried nothing again, and one arm has too much', () => {
    const mirrored = judgeTwoWitnesses({
      ...exact,
      client: book(10_000, 0),
      witnessed: book(10_000, 1000),
      retried: book(0, 0),
    });
    expect(mirrored).toMatchObject({ outcome: 'failed', codes: ['more-than-sent'] });
    expect(mirrored.notes[0]).toContain('most of them to v3: mirrored or other traffic, not retries,');
  });
});
