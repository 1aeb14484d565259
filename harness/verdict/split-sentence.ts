/** A split verdict in one or two sentences with numbers, written for somebody who reads nothing else. */

import { percent } from '../documents/figures.ts';
import type { ArmVerdict, SplitFindings } from './split-findings.ts';
import { points, pointsUp, probability, requests, whole } from './wording.ts';

export function splitSentence(
  findings: SplitFindings,
  arms: readonly ArmVerdict[],
  excluded: number | undefined,
): string {
  return `${mainSentence(findings, arms, excluded)}${unsignedSentence(findings)}${routingSentence(findings)}`;
}

function shareOf(arm: ArmVerdict): string {
  return `${arm.name} ${percent(arm.estimate)} (declared ${percent(arm.declaredShare)})`;
}

function furthest(arms: readonly ArmVerdict[]): ArmVerdict {
  const off = (arm: ArmVerdict) => Math.abs(arm.estimate - arm.declaredShare);
  return arms.reduce((worst, arm) => (off(arm) > off(worst) ? arm : worst));
}

/** What it leaves out is never rounded into it. */
function rangeOf({ decided: { low, high }, declaredShare }: ArmVerdict): string {
  const end = (share: number) =>
    percent(share) !== percent(declaredShare) ? percent(share) : percent(share, { decimals: 4 });
  return `${end(low)} to ${end(high)}`;
}

function mainSentence(findings: SplitFindings, arms: readonly ArmVerdict[], excluded: number | undefined): string {
  const { decision, expectation, evidence, stranger } = findings;
  const { alpha, beta, margin } = expectation;
  const n = requests(evidence.n);
  const worst = furthest(arms);
  switch (decision.reason) {
    case 'within-margin':
    case 'cluster-within-margin':
      return `Of ${n}, ${arms.map(shareOf).join(', ')}: within ±${points(margin)}. A share that is off by ${pointsUp(excluded ?? margin)} or more is excluded, wrongly with probability at most ${probability(beta)}.`;
    case 'e-value':
    case 'cluster-e-value':
      return `${worst.name} got ${percent(worst.estimate)} of ${n} where ${percent(worst.declaredShare)} is declared; a share of ${rangeOf(worst)} would explain that, a split as declared would look this wrong with probability at most ${probability(alpha)}.`;
    case 'forbidden-arm':
      return `${stranger} answered within ${n} although it is to get no traffic; one answer refutes that.`;
    case 'no-requests':
      return 'No request was judged, so nothing is known about the split.';
    case 'no-attributed-requests':
      return `None of ${n} said who answered it, so nothing is known about the split.`;
    default: {
      const known =
        excluded === undefined || excluded > 0.5
          ? 'no drift is excluded yet'
          : `only a drift of ${pointsUp(excluded)} or more is excluded, ±${points(margin)} would be a pass`;
      return `Undecided after ${n} (${whyStopped(decision.reason, findings)}): ${worst.name} got ${percent(worst.estimate)} where ${percent(worst.declaredShare)} is declared; ${known}.`;
    }
  }
}

const STOPPED = {
  'cap-reached': 'the cap: the truth probably lies between exact and off by the margin',
  'load-ended': 'the load ended',
  'time-budget': 'the time budget was spent',
  interrupted: 'interrupted',
} as const;

function whyStopped(reason: keyof typeof STOPPED | 'too-many-unsigned', { evidence }: SplitFindings): string {
  if (reason !== 'too-many-unsigned') return STOPPED[reason];
  return `${whole(evidence.unknown)} of them had no signed answer and were held against a pass on both sides`;
}

function unsignedSentence(findings: SplitFindings): string {
  const { evidence, decision, stranger, expectation } = findings;
  const undeclared = stranger !== undefined && !expectation.arms.some((arm) => arm.name === stranger);
  const unsigned = evidence.unknown - (undeclared ? 1 : 0);
  const isSaid = decision.reason === 'no-attributed-requests' || decision.reason === 'too-many-unsigned';
  if (unsigned === 0 || isSaid) return '';
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
