/** Claim kind `traffic-by-commit`: a commit that only changes weights moves the observed shares and touches no pod. */
import { z } from 'zod';
import { splitRef, weights } from '../../documents/claim-atoms.ts';
import { claimBase, rate } from '../../documents/document-atoms.ts';
import type { ClaimBase, SplitClaim, TrafficPath, Weights } from '../../documents/references.ts';
import { lintWeights } from '../../lint/routes/split-weights.ts';
import { claimKind } from '../claim-kind.ts';

export interface TrafficByCommitClaim extends ClaimBase {
  readonly kind: 'traffic-by-commit';
  readonly split: SplitClaim;
  /** The path of that split which is observed. */
  readonly path: TrafficPath;
  readonly weights: Weights;
}

export const trafficByCommit = claimKind({
  kind: 'traffic-by-commit',
  summary: 'a commit that only changes weights moves the observed shares and touches no pod',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('traffic-by-commit'),
    split: splitRef,
    path: z.enum(['ingress', 'mesh']).default('ingress').describe('which path of that split is observed'),
    weights,
    ratePerSecond: rate.optional().describe("offered on that path while the commit travels; default: the path's"),
  }),
  resolve({ ratePerSecond, ...claim }, { splitOf, report }): TrafficByCommitClaim | undefined {
    const split = splitOf(claim.split, ['split']);
    const path = split?.paths.find(({ kind }) => kind === claim.path);
    if (split && !path) return report('PROFILE_REFERENCE', `claim ${split.id} has no ${claim.path} path`, ['path']);
    return split && path && { ...claim, split, path: { ...path, ratePerSecond: ratePerSecond ?? path.ratePerSecond } };
  },
  lint: (claim, context) => lintWeights(claim.split, claim.weights, context),
  addons: ['argocd', 'istio'],
});
