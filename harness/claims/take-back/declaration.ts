/** Claim kind `take-back`: at the peak, an abort sends all traffic back to stable, and stable holds it. */
import { z } from 'zod';
import { durationText, durationToMs } from '../../documents/budgets.ts';
import { objectiveText, type PodHolds, podHolds, stagedTarget } from '../../documents/claim-atoms.ts';
import { claimBase, rate } from '../../documents/document-atoms.ts';
import type { StagedTarget } from '../../documents/references.ts';
import { parseObjective, type ResponseObjective } from '../../documents/response-objective.ts';
import { GATEWAY_ERROR_LOG } from '../../documents/shared-places.ts';
import { claimKind } from '../claim-kind.ts';

export interface TakeBackClaim extends StagedTarget {
  readonly kind: 'take-back';
  /** Percent of the traffic that the canary has when it is aborted. */
  readonly atWeight: number;
  readonly objective: ResponseObjective;
  /** So long after the abort the objective is held against all requests together. */
  readonly withinMs: number;
  /** Undefined: what the application holds by itself. */
  readonly podHolds: PodHolds | undefined;
}

export const takeBack = claimKind({
  kind: 'take-back',
  summary: 'at the peak, an abort sends all traffic back to stable, and stable holds it',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('take-back'),
    ...stagedTarget,
    ratePerSecond: rate.describe('the peak'),
    atWeight: z.int().min(1).max(99).describe('weight of the canary when it is aborted, in percent'),
    objective: objectiveText.default('p95<500ms'),
    within: durationText.default('60s').describe('after the abort; all requests of that time together'),
    podHolds,
  }),
  resolve({ within, objective: text, podHolds: holds, ...claim }, { placed, report }): TakeBackClaim | undefined {
    const withinMs = durationToMs(within)!;
    const parsed = parseObjective(text, 'objective');
    const requests = (claim.ratePerSecond * withinMs) / 1000;
    if (requests * parsed.objectiveShare < 1)
      return report(
        'TAKE_BACK_TOO_FEW',
        `${requests.toFixed(0)} requests in ${within} are too few for ${text}: one bad answer would be more than it allows`,
        ['ratePerSecond'],
      );
    return { ...claim, rollout: placed(claim.rollout), objective: parsed, withinMs, podHolds: holds };
  },
  shared: () => [GATEWAY_ERROR_LOG],
  addons: ['argo-rollouts', 'istio'],
});
