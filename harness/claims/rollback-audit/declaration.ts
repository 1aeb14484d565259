/** Claim kind `rollback-audit`: Argo CD's history and Git agree, and a revert brings back objects and behaviour. */
import { z } from 'zod';
import { splitRef, weights } from '../../documents/claim-atoms.ts';
import { claimBase, rate } from '../../documents/document-atoms.ts';
import type { ClaimBase, SplitClaim, TrafficPath, Weights } from '../../documents/references.ts';
import { lintWeights } from '../../lint/routes/split-weights.ts';
import { claimKind, type PlanLine } from '../claim-kind.ts';

export interface RollbackAuditClaim extends ClaimBase {
  readonly kind: 'rollback-audit';
  readonly split: SplitClaim;
  /** The path of that split whose clients are asked. */
  readonly path: TrafficPath;
  /** Of the commit that is reverted. */
  readonly weights: Weights;
}

export const rollbackAudit = claimKind({
  kind: 'rollback-audit',
  summary: "Argo CD's history and Git agree commit by commit, and a revert brings back objects and behaviour",
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('rollback-audit'),
    split: splitRef,
    path: z.enum(['ingress', 'mesh']).default('ingress').describe("which path of that split's clients are asked"),
    weights: weights.describe('of the commit that is reverted'),
    ratePerSecond: rate.optional().describe("offered on that path after each of the two commits; default: the path's"),
  }),
  resolve({ ratePerSecond, ...claim }, { splitOf, report }): RollbackAuditClaim | undefined {
    const split = splitOf(claim.split, ['split']);
    const path = split?.paths.find(({ kind }) => kind === claim.path);
    if (split && !path) return report('PROFILE_REFERENCE', `claim ${split.id} has no ${claim.path} path`, ['path']);
    return split && path && { ...claim, split, path: { ...path, ratePerSecond: ratePerSecond ?? path.ratePerSecond } };
  },
  lint: (claim, context) => lintWeights(claim.split, claim.weights, context),
  plan: ({ id, path, weights: changed }): readonly PlanLine[] => [
    {
      section: 'Steps',
      line: `${id}: a commit of ${Object.entries(changed)
        .map(([subset, weight]) => `${subset} ${weight}`)
        .join(
          ', ',
        )} and its revert; after each the clients of the ${path.kind} path are asked, ${path.ratePerSecond} requests/s`,
    },
  ],
  addons: ['argocd', 'istio'],
});
