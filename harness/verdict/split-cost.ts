/** What judging a split will cost in requests, before any is sent. */
import { zeroWeightSampleSize } from '../stats/leak-e-process.ts';
import { planSplit } from '../stats/split-plan.ts';
import { leakLimit, type SplitExpectation, validateSplitExpectation } from './split-expectation.ts';

export interface SplitCost {
  /** Mean requests to a pass when every share is exact; of the dearest arm. */
  readonly passMean: number;
  /** After so many requests it gives up. */
  readonly cap: number;
}

/** @throws the usage errors of validateSplitExpectation: a margin that leaves no room around a share has no cost */
export function costOfSplit(expectation: SplitExpectation): SplitCost {
  validateSplitExpectation(expectation);
  const { arms, margin, alpha, beta } = expectation;
  const open = arms.filter(({ share }) => share > 0 && share < 1).map(({ share }) => Math.min(share, 1 - share));
  // Shares that differ by rounding only cost the same.
  const costs: SplitCost[] = [...new Set(open.map((share) => Number(share.toPrecision(12))))].map((share) =>
    planSplit({ share, margin, alpha, beta }),
  );
  if (open.length < arms.length) {
    const leaks = zeroWeightSampleSize(leakLimit(expectation), beta);
    costs.push({ passMean: leaks, cap: 6 * leaks });
  }
  return {
    passMean: Math.max(...costs.map(({ passMean }) => passMean)),
    cap: Math.max(...costs.map(({ cap }) => cap)),
  };
}
