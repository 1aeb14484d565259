/** Streams of requests for tests of the split judge. Imported by tests only. */
import type { Assurance } from '../documents/assurance.ts';
import type { Coin } from '../stats/calibration-study.ts';
import { ASSURANCE, createSplitJudge, type SplitArm, type SplitJudge } from './split-judge.ts';

export const CANARY: readonly SplitArm[] = [
  { name: 'v1', share: 0.9 },
  { name: 'v2', share: 0.1 },
];

export function judge(arms: readonly SplitArm[] = CANARY, level: Assurance = 'default', lookEvery = 20): SplitJudge {
  return createSplitJudge({ arms, ...ASSURANCE[level], lookEvery });
}

/** Feeds requests until a decision or `most`; 50 groups in turn. */
export function feed(
  subject: SplitJudge,
  most: number,
  next: (i: number) => string | null,
  group = (i: number) => `vu${i % 50}`,
) {
  for (let i = 0; i < most; i += 1) {
    const decision = subject.observe(next(i), group(i));
    if (decision) return decision;
  }
  return undefined;
}
/** v2 with the given probability, else v1. */
export const drawn = (coin: Coin, canary: number) => () => (coin.hit(canary) ? 'v2' : 'v1');
