/** A split verdict in one or two sentences with numbers, written for somebody who reads nothing else. */

import type { ArmVerdict, SplitFindings } from './split-findings.ts';
import { percent, probability, requests } from './wording.ts';

export function splitSentence(
  findings: SplitFindings,
  arms: readonly (ArmVerdict & { readonly smallestDetectableDrift: number })[],
): string {
  return `${mainSentence(findings, arms)}${unsignedSentence(findings)}${routingSentence(findings)}`;
}

function shareOf(arm: ArmVerdict): string {
  return `${arm.name} ${percent(arm.estimate)} (declared ${percent(arm.declaredShare)})`;
}

function furthest(arms: readonly ArmVerdict[]): ArmVerdict {
  const off = (arm: ArmVerdict) => Math.abs(arm.estimate - arm.declaredShare);
  return arms.reduce((worst, arm) => (off(arm) > off(worst) ? arm : worst));
}

function rangeOf(arm: ArmVerdict): string {
  return `${percent(arm.interval.confidence)} interval ${percent(arm.interval.low)} to ${percent(arm.interval.high)}`;
}

function mainSentence(
  { decision, expectation, evidence, stranger }: SplitFindings,
  arms: readonly (ArmVerdict & { readonly smallestDetectableDrift: number })[],
): string {
  const { alpha, beta, margin } = expectation;
  const n = requests(evidence.n);
  const worst = furthest(arms);
  switch (decision.reason) {
    case 'within-margin':
    case 'cluster-within-margin':
      return `Of ${n}, ${arms.map(shareOf).join(', ')}: within ±${percent(margin)}, which a split off by that much would reach with probability at most ${probability(beta)}.`;
    case 'e-value':
    case 'cluster-e-value':
      return `${worst.name} got ${percent(worst.estimate)} of ${n} where ${percent(worst.declaredShare)} is declared (${rangeOf(worst)}); a split as declared would look this wrong with probability at most ${probability(alpha)}.`;
    case 'forbidden-arm':
      return `${stranger} answered within ${n} although it is to get no traffic; one answer refutes that.`;
    case 'no-requests':
      return 'No request was judged, so nothing is known about the split.';
    case 'no-attributed-requests':
      return `None of ${n} said who answered it, so nothing is known about the split.`;
    default: {
      const drift = Math.max(...arms.map((arm) => arm.smallestDetectableDrift));
      return `Undecided after ${n} (${STOPPED[decision.reason]}): ${worst.name} got ${percent(worst.estimate)} where ${percent(worst.declaredShare)} is declared (${rangeOf(worst)}); so many requests show a drift of ${percent(drift)} or more.`;
    }
  }
}

const STOPPED = {
  'cap-reached': 'the cap: the truth probably lies between exact and off by the margin',
  'load-ended': 'the load ended',
  'time-budget': 'the time budget was spent',
  interrupted: 'interrupted',
} as const;

function unsignedSentence({ evidence, decision, stranger, expectation }: SplitFindings): string {
  const undeclared = stranger !== undefined && !expectation.arms.some((arm) => arm.name === stranger);
  const unsigned = evidence.unknown - (undeclared ? 1 : 0);
  if (unsigned === 0 || decision.reason === 'no-attributed-requests') return '';
  return ` ${requests(unsigned)} of them had no signed answer and ${unsigned === 1 ? 'was' : 'were'} held against a pass on both sides.`;
}

function routingSentence({ perRequest, guards, decision }: SplitFindings): string {
  if (perRequest === undefined && decision.reason === 'e-value') {
    return ' Whether each request is routed by itself could not be tested, since only one arm answered.';
  }
  if (perRequest !== false) return '';
  const tripped = guards.find((guard) => guard.outcome === 'failed' && guard.name !== 'cluster-test');
  return ` Warning, not per-request routing: ${tripped?.sentence ?? 'a guard tripped earlier in the run'}.`;
}
