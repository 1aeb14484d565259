/**
 * What `plan` says of canary steps: whether each can be told from the one before it at the offered rate, and whether its
 * share will be proven within the margin before the step is over. Pure.
 */
import { heldShares } from '../pipeline/declared-steps.ts';
import type { RepositoryFile } from '../profile/collect-repository.ts';
import type { Profile } from '../profile/profile.ts';
import { planSplit } from '../stats/split-plan.ts';
import { planSteps, type StepPlan } from '../stats/step-plan.ts';
import { ASSURANCE } from '../verdict/split-judge.ts';

export function stepLines(
  profile: Profile,
  files: readonly RepositoryFile[],
  assurance: keyof typeof ASSURANCE,
  rate: number | undefined,
): string[] {
  const { alpha, beta, margin } = ASSURANCE[assurance];
  // the exact program takes seconds at a narrow margin, and paths share their steps
  const needs = new Map<number, number>();
  const requestsToProve = (share: number): number => {
    const key = Number(Math.min(share, 1 - share).toPrecision(12));
    const known = needs.get(key) ?? Math.ceil(planSplit({ share: key, margin, alpha, beta }).passQuantile99);
    needs.set(key, known);
    return known;
  };
  const lines = profile.claims
    .filter((claim) => claim.kind === 'canary-steps')
    .flatMap((claim) => {
      const steps = heldShares(files, claim.rollout.name);
      if (!steps) return [`${claim.id}: Rollout ${claim.rollout.name} is in no file of the repository`];
      return claim.paths.flatMap((path) => {
        const perSecond = rate ?? path.ratePerSecond;
        return planSteps(steps, perSecond, { alpha, beta }).map(
          (step) =>
            `${claim.id} ${path.kind}: ${inWords(step)}${proofInWords(step, perSecond, margin, requestsToProve)}`,
        );
      });
    });
  return lines.length === 0 ? ['no claim about canary steps'] : lines;
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
function proofInWords(
  { after, offeredRequests }: StepPlan,
  perSecond: number,
  margin: number,
  requestsToProve: (share: number) => number,
): string {
  if (offeredRequests === undefined || offeredRequests <= 0 || Math.min(after, 1 - after) <= margin) return '';
  const needed = requestsToProve(after);
  const proof = `${needed} prove it within ±${margin * 100} points in 99 of 100 runs`;
  if (offeredRequests >= needed) return `, ${proof}`;
  return `; MAY STAY UNDECIDED: ${proof}, at ${Math.ceil((perSecond * needed) / offeredRequests)} requests/s`;
}
