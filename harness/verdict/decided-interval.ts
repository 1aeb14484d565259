/**
 * One interval per arm that can never contradict the verdict, because it is the deciding test inverted: inside the margin
 * whenever the split passed, without the declared share when this arm refuted it. It is what reports draw; the mixture
 * interval, which belongs to neither test, goes to the appendix.
 */

import { unrefutedShares } from '../stats/inverted/refuted-shares.ts';
import { confidenceSequence } from '../stats/mixture-e-process.ts';
import type { Interval } from '../stats/proportion.ts';
import type { SplitEvidence } from './split-evidence.ts';
import type { SplitExpectation } from './split-expectation.ts';
import type { DecidedInterval, SplitFindings } from './split-findings.ts';

type Evidence = Pick<SplitEvidence, 'counts' | 'n' | 'unknown' | 'excluded'>;

/** Inverted acceptance tests of one declared arm: what has not been excluded at beta, however often one looked. */
export function acceptedInterval(
  { arms, beta }: SplitExpectation,
  { excluded }: Pick<SplitEvidence, 'excluded'>,
  arm: number,
): DecidedInterval {
  const { share } = arms[arm]!;
  const { above, below } = excluded[arm]!;
  const range = { low: Math.max(0, share - below), high: Math.min(1, share + above) };
  return { test: 'acceptance', ...range, errorRate: beta };
}

/** `arm` is an index into the expectation's arms; one past them is the undeclared arm that answered. */
export function decidedInterval(findings: SplitFindings, arm: number): DecidedInterval {
  const { expectation, evidence, decision, clusterInterval } = findings;
  const refuted = decision.outcome === 'failed';
  const declared = arm < expectation.arms.length;
  if (clusterInterval && declared && decision.reason !== 'forbidden-arm') {
    const errorRate = refuted ? expectation.alpha : expectation.beta;
    return { test: refuted ? 'refutation' : 'acceptance', ...clusterInterval(arm, refuted), errorRate };
  }
  if (!refuted) return acceptedInterval(expectation, evidence, arm);
  return { test: 'refutation', ...refutedInterval(expectation, evidence, arm), errorRate: expectation.alpha };
}

/** An arm of several is weighed against the rest of the open ones, as the split of two that it is from its own side. */
function refutedInterval({ arms, margin, alpha }: SplitExpectation, evidence: Evidence, arm: number): Interval {
  const { counts, n, unknown } = evidence;
  const share = arms[arm]?.share ?? 0;
  const isOpen = (one: number) => arms[one]!.share > 0 && arms[one]!.share < 1;
  if (share > 0 && share < 1) {
    const signed = counts.reduce((sum, count, one) => (isOpen(one) ? sum + count : sum), 0);
    return unrefutedShares({ hits: counts[arm]!, n: signed + unknown, unknown }, share, margin, alpha);
  }
  // The request of an undeclared arm was booked as unknown, and is the one hit of that arm.
  const stranger = arm >= arms.length;
  const hits = stranger ? 1 : counts[arm]!;
  const unsigned = stranger ? unknown - 1 : unknown;
  const confidence = 1 - alpha;
  return {
    low: confidenceSequence(hits, n, confidence).low,
    high: confidenceSequence(hits + unsigned, n, confidence).high,
  };
}
