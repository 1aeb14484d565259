/**
 * What `plan` says of canary steps: whether each can be told from the one before it at the offered rate, and whether its
 * share will be proven within the margin before the step is over. Pure.
 */

import type { Assurance } from '../../documents/assurance.ts';
import type { RolloutTarget, TrafficPath } from '../../documents/references.ts';
import { acceptanceSize } from '../../stats/inverted/fixed-sample.ts';
import { planSteps, type StepPlan } from '../../stats/step-plan.ts';
import { ASSURANCE, marginAround } from '../../verdict/split-expectation.ts';
import type { PlanContext, PlanLine } from '../claim-kind.ts';
import { heldShares } from './declared-steps.ts';

/** How often a step may end before its share is proven. */
const UNDECIDED = 0.01;

export function planCanarySteps(
  { id, rollout, paths }: RolloutTarget & { readonly paths: readonly TrafficPath[] },
  { files, assurance, ratePerSecond }: PlanContext,
): readonly PlanLine[] {
  const { alpha, beta } = ASSURANCE[assurance];
  const steps = heldShares(files, rollout.name);
  if (!steps) return [{ section: 'Steps', line: `${id}: Rollout ${rollout.name} is in no file of the repository` }];
  return paths.flatMap((path) => {
    const perSecond = ratePerSecond ?? path.ratePerSecond;
    return planSteps(steps, perSecond, { alpha, beta }).map((step) => ({
      section: 'Steps' as const,
      line: `${id} ${path.kind}: ${inWords(step)}${proofInWords(step, perSecond, assurance)}`,
    }));
  });
}

function inWords({
  before,
  after,
  neededRequests,
  offeredRequests,
  isTellable,
  neededRatePerSecond,
}: StepPlan): string {
  const change = `${before * 100} → ${after * 100} %`;
  if (offeredRequests === undefined)
    return `${change}: held until it is moved on, ${neededRequests} requests tell it apart`;
  if (isTellable)
    return `${change}: ${Math.round(offeredRequests)} requests in the step, ${neededRequests} tell it apart`;
  const rate = neededRatePerSecond !== undefined && Number.isFinite(neededRatePerSecond);
  return `${change}: CANNOT BE TOLD APART with ${Math.round(offeredRequests)} requests in the step; ${
    rate ? `it takes ${Math.ceil(neededRatePerSecond)} requests/s` : 'the step has no duration'
  }`;
}

/** How often the step is over before its share is proven. */
function proofInWords({ after, offeredRequests }: StepPlan, perSecond: number, assurance: Assurance): string {
  if (offeredRequests === undefined || offeredRequests <= 0 || after <= 0 || after >= 1) return '';
  const margin = marginAround([after], assurance);
  const needed = acceptanceSize(after, margin, ASSURANCE[assurance].beta, UNDECIDED);
  const proof = `${needed} prove it within ±${Number((margin * 100).toPrecision(3))} points in 99 of 100 runs`;
  if (offeredRequests >= needed) return `, ${proof}`;
  return `; MAY STAY UNDECIDED: ${proof}, at ${Math.ceil((perSecond * needed) / offeredRequests)} requests/s`;
}
