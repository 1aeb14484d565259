/** The statistics side of one judged split, with every number a report needs, and its one-sentence summary. */
import { zeroWeightSampleSize } from '../stats/leak-e-process.ts';
import { confidenceSequence } from '../stats/mixture-e-process.ts';
import { fixedSampleSize, smallestDetectableDrift } from '../stats/sample-size.ts';
import { acceptedInterval, decidedInterval } from './decided-interval.ts';
import type { Outcome } from './outcome.ts';
import type { GuardVerdict } from './routing-guards.ts';
import type { SplitEvidence } from './split-evidence.ts';
import { leakLimit, type SplitExpectation } from './split-expectation.ts';
import type { ArmVerdict, DecidedInterval, SplitFindings, SplitReason } from './split-findings.ts';
import { splitSentence } from './split-sentence.ts';
import type { TrajectoryPoint } from './thinned-trajectory.ts';

export interface SplitVerdict {
  readonly outcome: Outcome;
  readonly reason: SplitReason;
  readonly sentence: string;
  readonly arms: readonly (ArmVerdict & { readonly smallestDetectableDrift: number })[];
  /** Requests judged, unsigned ones included. */
  readonly samples: number;
  /** Of them, requests that nobody signed: errors, timeouts, answers without an identity. */
  readonly unknown: number;
  readonly alpha: number;
  readonly beta: number;
  readonly margin: number;
  /** What the acceptance tests exclude at beta: a drift of this much or more, of any arm. At most the margin in a pass. */
  readonly excludedDrift?: number;
  /** Present where shares were accepted once, at the end of the stretch. */
  readonly design?: 'fixed-sample';
  readonly cap: number;
  readonly fixedSampleSize: number;
  readonly failLogE: number;
  readonly acceptLogLambda: number;
  readonly trajectory: readonly TrajectoryPoint[];
  readonly guards: readonly GuardVerdict[];
  /** False: requests were not routed one by one and the group means decided. Undefined: could not be told. */
  readonly perRequestRouting: boolean | undefined;
}

const INTERVAL_CONFIDENCE = 0.999;

/** Estimates and acceptance intervals per declared arm while nothing is decided yet. */
export function armsSoFar(expectation: SplitExpectation, evidence: SplitEvidence): readonly ArmVerdict[] {
  return armVerdicts(expectation, evidence, undefined, (arm) => acceptedInterval(expectation, evidence, arm));
}

/** Estimates and intervals per declared arm, and one more for an undeclared arm that answered. */
function armVerdicts(
  { arms }: SplitExpectation,
  { counts, n, unknown }: Pick<SplitEvidence, 'counts' | 'n' | 'unknown'>,
  stranger: string | undefined,
  decided: (arm: number) => DecidedInterval,
): readonly ArmVerdict[] {
  const known = stranger === undefined || arms.some((arm) => arm.name === stranger);
  // The request of an undeclared arm was booked as unsigned; it is not unknown here.
  const unsigned = known ? unknown : unknown - 1;
  const all = arms.map((arm, i) => ({ name: arm.name, declaredShare: arm.share, count: counts[i]! }));
  if (!known) all.push({ name: stranger, declaredShare: 0, count: 1 });
  return all.map((arm, index) => ({
    ...arm,
    decided: decided(index),
    estimate: n === unsigned ? 0 : arm.count / (n - unsigned),
    interval: {
      low: confidenceSequence(arm.count, n, INTERVAL_CONFIDENCE).low,
      high: confidenceSequence(arm.count + unsigned, n, INTERVAL_CONFIDENCE).high,
      confidence: INTERVAL_CONFIDENCE,
    },
  }));
}

export function splitVerdict(findings: SplitFindings): SplitVerdict {
  const { expectation, evidence, decision, stranger } = findings;
  const { alpha, beta, margin } = expectation;
  const { n, unknown, cap, failLogE, acceptLogLambda } = evidence;
  const arms = armVerdicts(expectation, evidence, stranger, (arm) => decidedInterval(findings, arm)).map((arm) => ({
    ...arm,
    smallestDetectableDrift: smallestDetectableDrift(n, arm.declaredShare, alpha, beta),
  }));
  const excluded = excludedDriftOf(arms);
  return {
    outcome: decision.outcome,
    reason: decision.reason,
    sentence: splitSentence(findings, arms, excluded),
    arms,
    samples: n,
    unknown,
    alpha,
    beta,
    margin,
    ...(excluded === undefined ? {} : { excludedDrift: excluded }),
    ...(expectation.design === 'fixed-sample' ? { design: expectation.design } : {}),
    cap,
    fixedSampleSize: fixedSize(expectation),
    failLogE,
    acceptLogLambda,
    trajectory: findings.trajectory,
    guards: findings.guards,
    perRequestRouting: findings.perRequest,
  };
}

/** The furthest end of any acceptance interval; undefined once the split is refuted, which asks another question. */
function excludedDriftOf(arms: readonly ArmVerdict[]): number | undefined {
  if (arms.some(({ decided }) => decided.test === 'refutation')) return undefined;
  const ends = arms.flatMap(({ declaredShare, decided }) => [
    declaredShare - decided.low,
    decided.high - declaredShare,
  ]);
  return Math.max(0, ...ends);
}

/** Requests that fixed-n tests of all arms with the same error rates would need. */
function fixedSize(expectation: SplitExpectation): number {
  const { arms, margin, alpha, beta } = expectation;
  const open = arms.filter((arm) => arm.share > 0 && arm.share < 1).map((arm) => Math.min(arm.share, 1 - arm.share));
  const distinct = [...new Set(open.map((share) => Number(share.toPrecision(12))))];
  const sizes = distinct.map((share) => fixedSampleSize({ share, margin, alpha, beta }));
  if (arms.some((arm) => arm.share === 0 || arm.share === 1)) {
    sizes.push(zeroWeightSampleSize(leakLimit(expectation), beta));
  }
  return Math.max(...sizes);
}
