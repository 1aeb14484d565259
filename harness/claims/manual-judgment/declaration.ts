/** Claim kind `manual-judgment`: a step without a duration stays until somebody promotes. */
import { z } from 'zod';
import { durationText, durationToMs } from '../../documents/budgets.ts';
import { stagedTarget } from '../../documents/claim-atoms.ts';
import { claimBase, rate } from '../../documents/document-atoms.ts';
import type { StagedTarget } from '../../documents/references.ts';
import { claimKind } from '../claim-kind.ts';

export interface ManualJudgmentClaim extends StagedTarget {
  readonly kind: 'manual-judgment';
  readonly waitsMs: number;
}

export const manualJudgment = claimKind({
  kind: 'manual-judgment',
  summary: 'a step without a duration stays until somebody promotes',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('manual-judgment'),
    ...stagedTarget,
    ratePerSecond: rate.default(100),
    waits: durationText.default('45s').describe('how long it is watched not to go on by itself'),
  }),
  resolve: (claim, { placed }): ManualJudgmentClaim => ({
    ...claim,
    rollout: placed(claim.rollout),
    waitsMs: durationToMs(claim.waits)!,
  }),
  copies: () => 1,
  addons: ['argo-rollouts', 'istio'],
});
