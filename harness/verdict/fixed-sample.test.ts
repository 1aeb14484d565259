/** A split that is accepted once, at a size known beforehand, and refuted at any look. */

import { describe, expect, test } from 'vitest';
import { createCoin, errorLimit } from '../stats/calibration-study.ts';
import { acceptanceSize } from '../stats/inverted/fixed-sample.ts';
import { equivalenceRegion } from '../stats/sample-size.ts';
import { fewOf, runsOf } from '../testkit/runner/thorough.ts';
import { ASSURANCE, createSplitJudge, type SplitArm } from './split-judge.ts';
import { CANARY, drawn, feed } from './split-stream-fixture.ts';

const LEVEL = ASSURANCE.smoke;
const HALF: readonly SplitArm[] = [
  { name: 'v1', share: 0.5 },
  { name: 'v2', share: 0.5 },
];
const judge = (arms: readonly SplitArm[] = HALF, beta = LEVEL.beta) =>
  createSplitJudge({ arms, ...LEVEL, beta, lookEvery: 20, design: 'fixed-sample' });

/** So many of `n` are v2, in an order drawn with the seed. */
function shuffled(hits: number, n: number, seed: number): (i: number) => string {
  const coin = createCoin(seed);
  const names: string[] = [];
  let left = hits;
  for (let i = 0; i < n; i += 1) {
    const isHit = coin.hit(left / (n - i));
    if (isHit) left -= 1;
    names.push(isHit ? 'v2' : 'v1');
  }
  return (i) => names[i]!;
}

describe('where the stretch ends', () => {
  const n = 3_200;
  const { highest, lowest } = equivalenceRegion(n, { share: 0.5, ...LEVEL });

  test.each(
    fewOf(2, [
      [highest, 'passed'],
      [highest + 1, 'inconclusive'],
      [lowest, 'passed'],
      [lowest - 1, 'inconclusive'],
    ] as const),
  )('%i of 3,200 are %s', (hits, outcome) => {
    const subject = judge();
    expect(feed(subject, n, shuffled(hits, n, 7))).toBeUndefined();
    const verdict = subject.conclude('load-ended');
    expect(verdict.outcome, verdict.sentence).toBe(outcome);
    const [, canary] = verdict.arms;
    const isInside = canary!.decided.low >= 0.45 && canary!.decided.high <= 0.55;
    expect(isInside).toBe(outcome === 'passed');
    expect(canary!.decided.low).toBeLessThanOrEqual(0.5);
    expect(canary!.decided.high).toBeGreaterThanOrEqual(0.5);
  });

  test('a side that looked excluded on the way counts as it is at the end', () => {
    const [first, then] = [shuffled(960, 2_000, 8), shuffled(highest + 1 - 960, n - 2_000, 9)];
    const subject = judge();
    expect(feed(subject, n, (i) => (i < 2_000 ? first(i) : then(i - 2_000)))).toBeUndefined();
    expect(subject.conclude('load-ended').outcome).toBe('inconclusive');
  });

  test('answers that nobody signed are held against a pass on both sides', () => {
    const named = shuffled(n / 2, n, 7);
    const subject = judge();
    feed(subject, n, (i) => (i % 10 === 0 ? null : named(i)));
    expect(subject.conclude('load-ended').outcome).toBe('inconclusive');
  });
});

test('nothing is accepted before, however good it looks, and a stretch without end is decided at the planned size', () => {
  const subject = judge(CANARY);
  const size = acceptanceSize(0.1, LEVEL.margin, LEVEL.beta);
  const next = drawn(createCoin(3), 0.1);
  expect(feed(subject, size - 1, next)).toBeUndefined();
  expect(feed(subject, 40, next)).toMatchObject({ outcome: 'passed', reason: 'within-margin' });
  expect(subject.conclude('decided').samples).toBeLessThan(size + 20);
});

test('a share that is far off is refuted on the way', () => {
  const subject = judge(CANARY);
  expect(feed(subject, 1_900, drawn(createCoin(4), 0.25))).toMatchObject({ outcome: 'failed', reason: 'e-value' });
});

test('of two arms of which one must get nothing, a leak is refuted and silence is accepted', () => {
  const all: readonly SplitArm[] = [
    { name: 'v1', share: 1 },
    { name: 'v2', share: 0 },
  ];
  expect(feed(judge(all), 2_000, () => 'v1')).toMatchObject({ outcome: 'passed' });
  expect(feed(judge(all), 2_000, (i) => (i === 50 ? 'v2' : 'v1'))).toMatchObject({ outcome: 'failed' });
});

test('off by the margin it passes no more often than beta says', () => {
  const beta = 0.05;
  const runs = runsOf(20, 100);
  const n = acceptanceSize(0.5, LEVEL.margin, beta, 0.01);
  let passed = 0;
  for (let run = 0; run < runs; run += 1) {
    const subject = judge(HALF, beta);
    feed(subject, n, drawn(createCoin(1_000 + run), 0.55));
    if (subject.conclude('load-ended').outcome === 'passed') passed += 1;
  }
  expect(passed).toBeLessThanOrEqual(errorLimit(runs, beta));
  // and not by never passing
  expect(passed).toBeGreaterThan(0);
});
