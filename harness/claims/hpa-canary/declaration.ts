/** Claim kind `hpa-canary`: with a canary in flight at the peak, the split holds and no canary pod is overloaded. */
import { z } from 'zod';
import { durationText, durationToMs } from '../../documents/budgets.ts';
import { objectiveText, type PodHolds, podHolds, stagedTarget } from '../../documents/claim-atoms.ts';
import { claimBase, namedRef, rate } from '../../documents/document-atoms.ts';
import type { NamedRef, StagedTarget } from '../../documents/references.ts';
import { parseObjective, type ResponseObjective } from '../../documents/response-objective.ts';
import { GATEWAY_ERROR_LOG } from '../../documents/shared-places.ts';
import { acceptanceSize } from '../../stats/inverted/fixed-sample.ts';
import { ASSURANCE } from '../../verdict/split-judge.ts';
import { claimKind, type PlanLine } from '../claim-kind.ts';

export interface HpaCanaryClaim extends StagedTarget {
  readonly kind: 'hpa-canary';
  readonly autoscaler: NamedRef;
  /** Percent of the traffic at which the canary is held, in ascending order. */
  readonly weights: readonly number[];
  readonly objective: ResponseObjective;
  /** The longest that the autoscaler may take at each weight, and before the first. */
  readonly actsWithinMs: number;
  /** Undefined: what the application holds by itself. */
  readonly podHolds: PodHolds | undefined;
}

/** Three of the autoscaler's periods, each of 15 s by default (--horizontal-pod-autoscaler-sync-period). */
export const STILL_MS = 45_000;
/** The last part of that: answers to requests that waited before are through by then. */
export const JUDGED_MS = 30_000;

export const hpaCanary = claimKind({
  kind: 'hpa-canary',
  summary: 'with a canary in flight at the peak, the split holds and no canary pod is overloaded behind the average',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('hpa-canary'),
    ...stagedTarget,
    autoscaler: namedRef.describe('HorizontalPodAutoscaler of the Rollout; the copy gets one like it'),
    ratePerSecond: rate.describe('the peak, which needs more pods than the minimum'),
    weights: z
      .array(z.int().min(6).max(94))
      .min(1)
      .default([25, 50])
      .describe('percent at which the canary is held until the autoscaler is still, ascending'),
    objective: objectiveText.default('p95<500ms'),
    actsWithin: durationText
      .default('4m')
      .describe('the longest that the autoscaler may take at each weight, and before the first'),
    podHolds,
  }),
  resolve({ actsWithin, objective: text, podHolds: holds, ...claim }, { placed, report }): HpaCanaryClaim | undefined {
    const { weights, ratePerSecond } = claim;
    const down = weights.findIndex((weight, index) => index > 0 && weight <= weights[index - 1]!);
    if (down > 0)
      return report('HPA_CANARY_WEIGHTS', `${weights[down]} does not come after ${weights[down - 1]}: weights ascend`, [
        ...['weights', down],
      ]);
    const objective = parseObjective(text, 'objective');
    const fewest = (ratePerSecond * Math.min(...weights) * JUDGED_MS) / 100 / 1000;
    if (fewest * objective.objectiveShare < 1)
      return report(
        'HPA_CANARY_TOO_FEW',
        `${fewest.toFixed(0)} requests to the canary in ${JUDGED_MS / 1000} s are too few for ${text}: one bad answer would be more than it allows`,
        ['ratePerSecond'],
      );
    return {
      ...claim,
      ...{ rollout: placed(claim.rollout), autoscaler: placed(claim.autoscaler), objective, podHolds: holds },
      actsWithinMs: durationToMs(actsWithin)!,
    };
  },
  plan({ id, weights, ratePerSecond, actsWithinMs }: HpaCanaryClaim): readonly PlanLine[] {
    const { margin, beta } = ASSURANCE.smoke;
    const most = Math.max(...weights.map((weight) => acceptanceSize(weight / 100, margin, beta)));
    const judged = (ratePerSecond * JUDGED_MS) / 1000;
    const proven = `${most} prove the dearest within ±${margin * 100} points`;
    const line = `${id}: nothing, then ${weights.join(', ')} % at ${ratePerSecond} requests/s, each until the autoscaler is still for ${STILL_MS / 1000} s and for at most ${(actsWithinMs + STILL_MS) / 1000} s; ${Math.round(judged)} requests judged at each, ${proven}`;
    return [{ section: 'Steps', line: judged < most ? `${line}: MAY STAY UNDECIDED` : line }];
  },
  shared: () => [GATEWAY_ERROR_LOG],
  addons: ['argo-rollouts', 'istio', 'metrics-server'],
});
