/** Claim kind `no-lost-request`: every request is answered while the rollout moves. */
import { z } from 'zod';
import { stagedTarget } from '../../documents/claim-atoms.ts';
import { claimBase, rate } from '../../documents/document-atoms.ts';
import type { MovingPhase, StagedTarget } from '../../documents/references.ts';
import { GATEWAY_ERROR_LOG } from '../../documents/shared-places.ts';
import { claimKind } from '../claim-kind.ts';

export interface NoLostRequestClaim extends StagedTarget {
  readonly kind: 'no-lost-request';
  readonly replicas: number;
  readonly phases: readonly MovingPhase[];
}

export const noLostRequest = claimKind({
  kind: 'no-lost-request',
  summary: 'every request is answered while the rollout moves; the budget is none',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('no-lost-request'),
    ...stagedTarget,
    ratePerSecond: rate.default(200).describe('near the capacity of the copy'),
    replicas: z.int().min(1).default(2),
    phases: z
      .array(z.enum(['promote', 'abort', 'undo', 'supersede', 'restart', 'scale-down']))
      .min(1)
      .default(['promote', 'abort', 'undo', 'supersede', 'restart', 'scale-down']),
  }),
  resolve: (claim, { placed }): NoLostRequestClaim => ({ ...claim, rollout: placed(claim.rollout) }),
  shared: () => [GATEWAY_ERROR_LOG],
  copies: () => 1,
  addons: ['argo-rollouts', 'istio'],
});
