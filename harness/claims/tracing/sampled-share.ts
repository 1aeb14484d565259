/** The share of traced requests before the split judge, and how many requests its verdict takes. Pure. */
import type { Assurance } from '../../documents/assurance.ts';
import { acceptanceSize } from '../../stats/inverted/fixed-sample.ts';
import { costOfSplit } from '../../verdict/split-cost.ts';
import {
  ASSURANCE,
  type SplitArm,
  type SplitExpectation,
  validateSplitExpectation,
} from '../../verdict/split-expectation.ts';

export const TRACED = 'traced';
export const NOT_TRACED = 'not traced';
const LOOK_EVERY = 20;
/** For requests that nobody answers, which count against a pass. */
const SPARE = 1.02;

/** A share of 100 % is exact: one request without a trace refutes it. */
export function samplingArms(share: number): readonly SplitArm[] {
  return [
    { name: TRACED, share },
    { name: NOT_TRACED, share: 1 - share },
  ];
}

/**
 * The size of one fixed sample: the load is over before any trace is looked at, so nobody could end it early.
 * @throws the usage errors of a share that the margin leaves no room around, such as 1 % within 5 points
 */
export function requestsFor(share: number, assurance: Assurance): number {
  const { margin, beta } = ASSURANCE[assurance];
  const expectation: SplitExpectation = { arms: samplingArms(share), ...ASSURANCE[assurance], lookEvery: LOOK_EVERY };
  validateSplitExpectation(expectation);
  const needed = share === 1 ? costOfSplit(expectation).passMean : acceptanceSize(share, margin, beta);
  return Math.ceil(SPARE * needed) + 2 * LOOK_EVERY;
}
