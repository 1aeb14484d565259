import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCoin } from '../stats/calibration-study.ts';
import { hybridEProcess, hybridLogE } from '../stats/hybrid-e-process.ts';
import { logTwoArmHybrid } from '../stats/inverted/refuted-shares.ts';
import { thorough } from '../testkit/runner/thorough.ts';
import { acceptedInterval } from './decided-interval.ts';
import { createSplitEvidence } from './split-evidence.ts';
import { ASSURANCE, createSplitJudge, type SplitArm } from './split-judge.ts';
import { CANARY, drawn, feed, judge } from './split-stream-fixture.ts';

const MARGIN = 0.05;
/** Quick to decide, so that many streams cost little. */
const quick = (arms: readonly SplitArm[], margin = MARGIN) =>
  createSplitJudge({ arms, margin, alpha: 1e-3, beta: 1e-3, lookEvery: 20 });

const share = fc.double({ min: 0.12, max: 0.88, noNaN: true });
/** Some requests unsigned, and sometimes routed by the ten, so that groups decide. */
const stream = fc.record({
  seed: fc.nat(1e6),
  off: fc.constantFrom(0, 0, 0, 0.02, -0.02, 0.06, -0.06, 0.1),
  unsigned: fc.constantFrom(0, 0, 0.002),
  sticky: fc.boolean(),
  most: fc.constantFrom(300, 9000, 9000, 9000),
});

function conclude(arms: readonly SplitArm[], canary: number, { seed, off, unsigned, sticky, most }: Stream) {
  const coin = createCoin(seed);
  const subject = quick(arms);
  let arm = 'v1';
  feed(
    subject,
    most,
    (i) => {
      if (!sticky || i % 10 === 0) arm = coin.hit(Math.min(1, Math.max(0, canary + off))) ? 'v2' : 'v1';
      return coin.hit(unsigned) ? null : arm;
    },
    (i) => `vu${Math.floor(i / 10) % 400}`,
  );
  return subject.conclude('load-ended');
}
type Stream = { seed: number; off: number; unsigned: number; sticky: boolean; most: number };

describe('the drawn interval never contradicts its verdict', () => {
  thorough(
    'at every pass the excluded drift is at most the margin and every whisker lies inside the box; at every fail a whisker leaves the declared share out; undecided leaves the box',
    () => {
      const seen = new Set<string>();
      fc.assert(
        fc.property(share, stream, (canary, given) => {
          const arms = [
            { name: 'v1', share: 1 - canary },
            { name: 'v2', share: canary },
          ];
          const verdict = conclude(arms, canary, given);
          seen.add(verdict.reason);
          for (const arm of verdict.arms) {
            const { low, high, test } = arm.decided;
            expect(low).toBeLessThanOrEqual(high);
            expect(test).toBe(verdict.outcome === 'failed' ? 'refutation' : 'acceptance');
            if (verdict.outcome !== 'failed') {
              expect(low).toBeLessThanOrEqual(arm.declaredShare);
              expect(high).toBeGreaterThanOrEqual(arm.declaredShare);
            }
            if (verdict.outcome !== 'passed') continue;
            expect(arm.declaredShare - low).toBeLessThanOrEqual(MARGIN + 1e-12);
            expect(high - arm.declaredShare).toBeLessThanOrEqual(MARGIN + 1e-12);
          }
          if (verdict.outcome === 'passed') expect(verdict.excludedDrift).toBeLessThanOrEqual(MARGIN + 1e-12);
          if (verdict.outcome === 'inconclusive') expect(verdict.excludedDrift).toBeGreaterThan(MARGIN);
          if (verdict.outcome !== 'failed') return;
          expect(verdict.excludedDrift).toBeUndefined();
          const leftOut = verdict.arms.filter(
            ({ declaredShare, decided: { low, high } }) => declaredShare < low || declaredShare > high,
          );
          expect(leftOut.length).toBeGreaterThan(0);
        }),
        { numRuns: 36, seed: 7 },
      );
      // Each kind of decision was among them, or the property would say less than it seems to.
      for (const reason of ['within-margin', 'e-value', 'load-ended', 'cluster-e-value'])
        expect(seen).toContain(reason);
    },
  );

  it('says "off by" no more than it knows: a pass names a drift below the margin, a fail a range without the declared share', () => {
    const exact = judge();
    feed(exact, 30_000, drawn(createCoin(1), 0.1));
    const passed = exact.conclude('decided');
    expect(passed.sentence).toMatch(/within ±2 points\. A share that is off by (1\.\d+|2) points or more is excluded/);
    expect(passed.excludedDrift).toBeLessThanOrEqual(0.02);
    const off = judge();
    feed(off, 30_000, drawn(createCoin(2), 0.15));
    const failed = off.conclude('decided');
    expect(failed.arms[1]!.decided.low).toBeGreaterThan(0.1);
    expect(failed.sentence).toMatch(/where 1?9?0 % is declared; a share of [\d.]+ % to [\d.]+ % would explain that/);
  });

  it.each([0, 1])('weight zero: a pass bounds the leak (%i unsigned), and one answer leaves zero out', (unsigned) => {
    const arms = [
      { name: 'v1', share: 1 },
      { name: 'v2', share: 0 },
    ];
    const clean = judge(arms);
    feed(clean, 5000, (i) => (i < unsigned ? null : 'v1'));
    const passed = clean.conclude('decided');
    expect(passed.outcome).toBe('passed');
    expect(passed.arms[1]!.decided).toMatchObject({ test: 'acceptance', low: 0 });
    expect(passed.arms[1]!.decided.high).toBeLessThanOrEqual(0.01);
    expect(passed.arms[0]!.decided.low).toBeGreaterThanOrEqual(0.99);
    const leaking = judge(arms);
    feed(leaking, 5000, (i) => (i === 300 ? 'v2' : 'v1'));
    const failed = leaking.conclude('decided');
    expect(failed.arms[1]!.decided.low).toBeGreaterThan(0);
    expect(failed.arms[0]!.decided.high).toBeLessThan(1);
  });

  it('reaches further to the side on which the requests are', () => {
    const expectation = { arms: CANARY, ...ASSURANCE.default, lookEvery: 20 };
    const evidence = createSplitEvidence(expectation);
    for (let i = 0; i < 3000; i += 1) evidence.add(i % 100 < 11 ? 1 : 0);
    evidence.look();
    const [stable, canary] = [0, 1].map((arm) => acceptedInterval(expectation, evidence, arm));
    expect(canary!.high - 0.1).toBeGreaterThan(2 * (0.1 - canary!.low));
    expect(0.9 - stable!.low).toBeGreaterThan(2 * (stable!.high - 0.9));
  });

  it('an undeclared arm that answered has a whisker without zero', () => {
    const subject = judge(CANARY);
    feed(subject, 500, (i) => (i === 99 ? 'v9' : 'v1'));
    expect(subject.conclude('decided').arms[2]).toMatchObject({ name: 'v9', decided: { test: 'refutation' } });
    expect(subject.conclude('decided').arms[2]!.decided.low).toBeGreaterThan(0);
  });
});

describe('the two-armed e-value', () => {
  it('is the one that decides, to the last digit', () => {
    fc.assert(
      fc.property(share, fc.nat(300), fc.nat(300), fc.nat(8), (canary, hits, misses, unknown) => {
        const margin = 0.02;
        const decided = hybridLogE(hybridEProcess([canary, 1 - canary], margin), [hits, misses], unknown);
        const inverted = logTwoArmHybrid({ hits, n: hits + misses + unknown, unknown }, canary, margin);
        expect(inverted).toBeCloseTo(decided, 8);
      }),
      { numRuns: 200, seed: 11 },
    );
  });
});
