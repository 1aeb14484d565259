import { describe, expect, it } from 'vitest';
import { createCoin } from '../stats/calibration-study.ts';
import { CANARY, drawn, feed, judge } from './split-stream-fixture.ts';

describe('requests that nobody signed', () => {
  it('alone never fail a split, however many', () => {
    const coin = createCoin(4);
    // The canary answers nothing but unsigned errors.
    const subject = judge();
    const decision = feed(subject, 25_000, () => (coin.hit(0.1) ? null : 'v1'));
    expect(decision).toMatchObject({ outcome: 'inconclusive', reason: 'too-many-unsigned' });
    const { sentence } = subject.conclude('decided');
    // the cause, once, and not that the share is in between, which nobody knows
    expect(sentence).toMatch(/\(\d,\d+ of them had no signed answer and were held against a pass on both sides\)/);
    expect(sentence).not.toContain('the truth probably lies between');
    expect(sentence.match(/signed answer/g)).toHaveLength(1);
  });

  it('so few that they cannot be why it is undecided are told apart from the reason', () => {
    const coin = createCoin(8);
    const subject = judge();
    feed(subject, 60_000, (i) => (i % 2_000 === 0 ? null : coin.hit(0.11) ? 'v2' : 'v1'));
    const { outcome, sentence } = subject.conclude('decided');
    expect(outcome).toBe('inconclusive');
    expect(sentence).toContain('the truth probably lies between');
    expect(sentence).toMatch(/ \d+ requests of them had no signed answer/);
  });

  it('hold a pass back', () => {
    const without = feed(judge(), 30_000, drawn(createCoin(5), 0.1))!;
    const coin = createCoin(5);
    const errors = createCoin(6);
    const next = drawn(coin, 0.1);
    const withErrors = feed(judge(), 30_000, () => (errors.hit(0.004) ? null : next()))!;
    expect(without.outcome).toBe('passed');
    expect(withErrors.outcome).toBe('passed');
    expect(withErrors.n).toBeGreaterThan(without.n);
  });

  it('do not hide a gross error', () => {
    const coin = createCoin(7);
    const decision = feed(judge(), 10_000, () => (coin.hit(0.05) ? null : coin.hit(0.5) ? 'v2' : 'v1'));
    expect(decision).toMatchObject({ outcome: 'failed', reason: 'e-value' });
  });

  it('and nothing else say nothing', () => {
    const subject = judge();
    feed(subject, 100, () => null);
    const verdict = subject.conclude('load-ended');
    expect(verdict).toMatchObject({ outcome: 'inconclusive', reason: 'no-attributed-requests', unknown: 100 });
    expect(verdict.arms.map((arm) => arm.interval)).toEqual([
      { low: 0, high: 1, confidence: 0.999 },
      { low: 0, high: 1, confidence: 0.999 },
    ]);
  });
});

describe('routing that is not per request', () => {
  it('sticky users: the guard trips and the share of requests is not trusted', () => {
    const coin = createCoin(8);
    const users = Array.from({ length: 200 }, () => (coin.hit(0.1) ? 'v2' : 'v1'));
    const subject = judge();
    feed(
      subject,
      30_000,
      (i) => users[i % 200]!,
      (i) => `user${i % 200}`,
    );
    const verdict = subject.conclude('load-ended');
    expect(verdict.perRequestRouting).toBe(false);
    expect(verdict.guards[0]).toMatchObject({ name: 'shares-alike-over-groups', outcome: 'failed' });
    expect(verdict.guards.at(-1)!.name).toBe('cluster-test');
    expect(verdict.outcome).not.toBe('passed');
    expect(verdict.sentence).toContain('routing sticks');
  });

  it('sticky users with a grossly wrong share fail by the mean of their shares', () => {
    const subject = judge();
    const decision = feed(
      subject,
      30_000,
      (i) => (i % 2 === 0 ? 'v2' : 'v1'),
      (i) => `user${i % 200}`,
    );
    expect(decision).toMatchObject({ outcome: 'failed', reason: 'cluster-e-value' });
    expect(subject.conclude('decided').sentence).toContain('not per-request routing');
  });

  it('a round robin over many connections passes by group means, with the finding', () => {
    const subject = judge(CANARY, 'default');
    // Each of 1,500 connections goes round its own ten.
    const seen = new Map<number, number>();
    const decision = feed(
      subject,
      30_000,
      (i) => {
        const k = (seen.get(i % 1500) ?? Math.floor(i / 7) % 10) + 1;
        seen.set(i % 1500, k);
        return k % 10 === 0 ? 'v2' : 'v1';
      },
      (i) => `c${i % 1500}`,
    );
    const verdict = subject.conclude('decided');
    expect(decision).toMatchObject({ outcome: 'passed', reason: 'cluster-within-margin' });
    // The group test inverted: what it excludes lies within the margin as well.
    expect(verdict.excludedDrift).toBeGreaterThan(0);
    expect(verdict.excludedDrift).toBeLessThanOrEqual(0.02);
    expect(verdict.arms[1]!.decided).toMatchObject({ test: 'acceptance', errorRate: 1e-3 });
    expect(verdict.guards.some((guard) => guard.outcome === 'failed' && guard.sentence.includes('round robin'))).toBe(
      true,
    );
  });

  it('a share that moves during the run trips the start-order guard', () => {
    const coin = createCoin(9);
    const subject = judge();
    feed(subject, 6000, (i) => (coin.hit(i < 2000 ? 0.02 : 0.14) ? 'v2' : 'v1'));
    const verdict = subject.conclude('load-ended');
    expect(verdict.guards[1]!.outcome === 'failed' || verdict.outcome === 'failed').toBe(true);
  });
});
