/** The whole judge, guards and all, on many streams; split-judge.test.ts holds each of its answers. */
import { describe, expect, it } from 'vitest';
import { type Coin, createCoin, errorLimit } from '../stats/calibration-study.ts';
import { ASSURANCE, createSplitJudge } from './split-judge.ts';

const ARMS = [
  { name: 'v1', share: 0.9 },
  { name: 'v2', share: 0.1 },
];
const RUNS = 400;

/** How often each reason came up when the whole judge, guards and all, was run on a stream made anew each time. */
function reasons(
  runs: number,
  seed: number,
  stream: (coin: Coin) => (i: number) => readonly [arm: string, group: string],
): Map<string, number> {
  const coin = createCoin(seed);
  const counts = new Map<string, number>();
  for (let run = 0; run < runs; run += 1) {
    const judge = createSplitJudge({ arms: ARMS, ...ASSURANCE.smoke, lookEvery: 20 });
    const next = stream(coin);
    for (let i = 0; ; i += 1) {
      const decision = judge.observe(...next(i));
      if (!decision) continue;
      counts.set(decision.reason, (counts.get(decision.reason) ?? 0) + 1);
      break;
    }
  }
  return counts;
}

const independent = (share: number) => (coin: Coin) => () =>
  [coin.hit(share) ? 'v2' : 'v1', `vu${coin.below(50)}`] as const;
const sticky = (users: number) => (coin: Coin) => {
  const arms = Array.from({ length: users }, () => (coin.hit(0.1) ? 'v2' : 'v1'));
  return (i: number) => [arms[i % users]!, `user${i % users}`] as const;
};

describe('the whole judge keeps its promises (smoke: 5 points, 0.001 and 0.001)', { timeout: 60_000 }, () => {
  it.each([0.15, 0.05])('a true share of %f is passed no more often than promised', (share) => {
    const seen = reasons(RUNS, 2, independent(share));
    expect(seen.get('within-margin') ?? 0).toBeLessThanOrEqual(errorLimit(RUNS, 0.001));
    expect(seen.get('e-value') ?? 0).toBeGreaterThan(0.97 * RUNS);
  });

  it('a hundred sticky users are never judged by their single requests', () => {
    const seen = reasons(100, 3, sticky(100));
    expect(seen.get('e-value') ?? 0).toBe(0);
    expect(seen.get('within-margin') ?? 0).toBe(0);
  });
});
