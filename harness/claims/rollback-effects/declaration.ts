/** Claim kind `rollback-effects`: after a fault the canary is gone within seconds, and nobody was turned away. */
import { z } from 'zod';
import { share, stagedTarget } from '../../documents/claim-atoms.ts';
import { claimBase, rate, text } from '../../documents/document-atoms.ts';
import type { StagedTarget } from '../../documents/references.ts';
import { COMMIT_STATUS_SETTINGS, GATEWAY_ERROR_LOG } from '../../documents/shared-places.ts';
import { claimKind } from '../claim-kind.ts';

export interface RollbackEffectsClaim extends StagedTarget {
  readonly kind: 'rollback-effects';
  readonly fault: { readonly errorShare: number };
  readonly users: number;
  readonly commitStatus: { readonly state: string } | undefined;
}

export const rollbackEffects = claimKind({
  kind: 'rollback-effects',
  summary: 'after a fault the canary is gone within seconds, and nobody was turned away',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('rollback-effects'),
    ...stagedTarget,
    ratePerSecond: rate.default(100),
    fault: z.strictObject({ errorShare: share.default(0.5) }).prefault({}),
    users: z.int().min(1).default(1000).describe('who take turns at sending requests, for the blast radius'),
    commitStatus: z
      .strictObject({ state: text.default('failure') })
      .optional()
      .describe("posted by Argo's notifications to a receiver of the run; absent: not asked for"),
  }),
  resolve: (claim, { placed }): RollbackEffectsClaim => ({
    ...claim,
    rollout: placed(claim.rollout),
    commitStatus: claim.commitStatus,
  }),
  shared: ({ commitStatus }) => [GATEWAY_ERROR_LOG, ...(commitStatus ? [COMMIT_STATUS_SETTINGS] : [])],
  addons: ['argo-rollouts', 'istio', 'prometheus'],
});
