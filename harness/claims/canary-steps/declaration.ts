/** Claim kind `canary-steps`: the observed weights of a canary are the declared steps, one by one. */
import { z } from 'zod';
import { durationText, durationToMs } from '../../documents/budgets.ts';
import { releaseOf, rolloutTarget } from '../../documents/claim-atoms.ts';
import { claimBase, trafficPath } from '../../documents/document-atoms.ts';
import type { Release, RolloutTarget, TrafficPath } from '../../documents/references.ts';
import { claimKind } from '../claim-kind.ts';
import { planCanarySteps } from './plan.ts';

export interface CanaryStepsClaim extends RolloutTarget {
  readonly kind: 'canary-steps';
  readonly release: Release;
  readonly paths: readonly [TrafficPath, ...TrafficPath[]];
  readonly promote: boolean;
  /** How long a step that waits for a human is held before it goes on. */
  readonly promoteAfterMs: number;
}

export const canarySteps = claimKind({
  kind: 'canary-steps',
  summary: 'a commit in Git starts a canary whose observed weights are the declared steps, one by one',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('canary-steps'),
    ...rolloutTarget,
    release: releaseOf('the canary'),
    paths: z.array(trafficPath).min(1, 'must name at least one client path'),
    promote: z.boolean().default(false).describe('go on at steps that wait for a human'),
    promoteAfter: durationText
      .default('20s')
      .describe('with promote: how long such a step is held, so that its share can be seen'),
  }),
  resolve({ promoteAfter, ...claim }, { placed, pathOf }): CanaryStepsClaim {
    const [first, ...rest] = claim.paths.map(pathOf);
    return {
      ...claim,
      promoteAfterMs: durationToMs(promoteAfter)!,
      rollout: placed(claim.rollout),
      paths: [first!, ...rest],
    };
  },
  plan: (claim: CanaryStepsClaim, context) => planCanarySteps(claim, context),
  paths: ({ paths }) => paths,
  addons: ['argocd', 'argo-rollouts', 'istio'],
});
