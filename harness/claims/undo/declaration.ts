/** Claim kind `undo`: undo brings the older version back to 100 % without a lost request. */
import { z } from 'zod';
import { stagedTarget } from '../../documents/claim-atoms.ts';
import { claimBase, rate } from '../../documents/document-atoms.ts';
import type { StagedTarget } from '../../documents/references.ts';
import { GATEWAY_ERROR_LOG } from '../../documents/shared-places.ts';
import { claimKind } from '../claim-kind.ts';

export interface UndoClaim extends StagedTarget {
  readonly kind: 'undo';
}

export const undo = claimKind({
  kind: 'undo',
  summary: 'undo brings the older version back to 100 % without a lost request',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('undo'),
    ...stagedTarget,
    ratePerSecond: rate.default(60),
  }),
  resolve: (claim, { placed }): UndoClaim => ({ ...claim, rollout: placed(claim.rollout) }),
  shared: () => [GATEWAY_ERROR_LOG],
  copies: () => 1,
  addons: ['argo-rollouts', 'istio'],
});
