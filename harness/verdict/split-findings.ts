/** What the evidence of one split comes to, arm by arm. */
import type { Interval } from '../stats/proportion.ts';
import type { Outcome } from './outcome.ts';
import type { GuardVerdict } from './routing-guards.ts';
import type { SplitEvidence } from './split-evidence.ts';
import type { SplitExpectation } from './split-expectation.ts';
import type { TrajectoryPoint } from './thinned-trajectory.ts';

export interface ArmVerdict {
  readonly name: string;
  readonly declaredShare: number;
  readonly count: number;
  /** Share of the signed requests. */
  readonly estimate: number;
  /** Confidence sequence; unsigned requests count as misses for the low end and as hits for the high one. */
  readonly interval: { readonly low: number; readonly high: number; readonly confidence: number };
  /** The shares that the test which decided (or would have) leaves standing. */
  readonly decided: DecidedInterval;
}

/**
 * `acceptance`: the acceptance tests inverted; it holds the declared share, and at a pass it lies within the margin.
 * `refutation`: the refuting test inverted; it leaves the declared share out, if this arm is one that refuted the split.
 */
export interface DecidedInterval {
  readonly test: 'acceptance' | 'refutation';
  readonly low: number;
  readonly high: number;
  /** Probability that the truth lies outside. */
  readonly errorRate: number;
}

export interface SplitFindings {
  readonly expectation: SplitExpectation;
  readonly evidence: SplitEvidence;
  readonly decision: { readonly outcome: Outcome; readonly reason: SplitReason };
  /** The arm that answered although it must get nothing. */
  readonly stranger: string | undefined;
  readonly perRequest: boolean | undefined;
  readonly guards: readonly GuardVerdict[];
  /** The group test inverted for an arm, where groups decide instead of requests. */
  readonly clusterInterval?: (arm: number, refuted: boolean) => Interval;
  readonly trajectory: readonly TrajectoryPoint[];
}

/** Every request that nobody signed widens what is possible by itself: with more than that no share fits in the margin. */
const UNSIGNED_OF_MARGIN = 0.5;

/** Whether the requests that nobody signed are by themselves enough to keep a split undecided. */
export function unsignedAreTooMany(
  { margin }: Pick<SplitExpectation, 'margin'>,
  { n, unknown }: Pick<SplitEvidence, 'n' | 'unknown'>,
): boolean {
  return unknown > UNSIGNED_OF_MARGIN * margin * n;
}

export type SplitReason =
  | 'within-margin'
  | 'e-value'
  | 'forbidden-arm'
  | 'cluster-within-margin'
  | 'cluster-e-value'
  | 'cap-reached'
  | 'too-many-unsigned'
  | 'load-ended'
  | 'time-budget'
  | 'interrupted'
  | 'no-requests'
  | 'no-attributed-requests';
