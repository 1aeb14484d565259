/** Claim kind `canary-steps`: the observed weights of a canary are the declared steps, one by one. */
import { z } from 'zod';
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
  }),
  resolve(claim, { placed, pathOf }): CanaryStepsClaim {
    const [first, ...rest] = claim.paths.map(pathOf);
    return { ...claim, rollout: placed(claim.rollout), paths: [first!, ...rest] };
  },
  plan: (claim: CanaryStepsClaim, context) => planCanarySteps(claim, context),
  paths: ({ paths }) => paths,
  addons: ['argocd', 'argo-rollouts', 'istio'],
});
