/** What `plan` says of canary steps: whether each can be told from the one before it at the offered rate. Pure. */
import { heldShares } from '../pipeline/declared-steps.ts';
import type { RepositoryFile } from '../profile/collect-repository.ts';
import type { Profile } from '../profile/profile.ts';
import { planSteps, type StepPlan } from '../stats/step-plan.ts';
import { ASSURANCE } from '../verdict/split-judge.ts';

export function stepLines(
  profile: Profile,
  files: readonly RepositoryFile[],
  assurance: keyof typeof ASSURANCE,
  rate: number | undefined,
): string[] {
  const { alpha, beta } = ASSURANCE[assurance];
  const lines = profile.claims
    .filter((claim) => claim.kind === 'canary-steps')
    .flatMap((claim) => {
      const steps = heldShares(files, claim.rollout.name);
      if (!steps) return [`${claim.id}: Rollout ${claim.rollout.name} is in no file of the repository`];
      return claim.paths.flatMap((path) => {
        const perSecond = rate ?? path.ratePerSecond;
        return planSteps(steps, perSecond, { alpha, beta }).map((step) => `${claim.id} ${path.kind}: ${inWords(step)}`);
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
