/** Claim kind `moved-weights`: commits move the weights of a split under load, and no request is lost. */
import { z } from 'zod';
import { splitRef, weights } from '../../documents/claim-atoms.ts';
import { claimBase, rate } from '../../documents/document-atoms.ts';
import type { ClaimBase, SplitClaim, TrafficPath, Weights } from '../../documents/references.ts';
import { lintWeights } from '../../lint/routes/split-weights.ts';
import { claimKind, type PlanLine } from '../claim-kind.ts';

export interface MovedWeightsClaim extends ClaimBase {
  readonly kind: 'moved-weights';
  readonly split: SplitClaim;
  readonly path: TrafficPath;
  /** Of one commit after the other. */
  readonly moves: readonly Weights[];
}

export const movedWeights = claimKind({
  kind: 'moved-weights',
  summary: 'commits move the weights of a split under load: clients get each of them, and no request is lost',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('moved-weights'),
    split: splitRef,
    path: z.enum(['ingress', 'mesh']).default('ingress').describe("which path of that split's clients is under load"),
    moves: z.array(weights).min(1).describe('weights of one commit after the other; the declared ones are put back'),
    ratePerSecond: rate.optional().describe("default: the path's"),
  }),
  resolve({ ratePerSecond, ...claim }, { splitOf, report }): MovedWeightsClaim | undefined {
    const split = splitOf(claim.split, ['split']);
    const path = split?.paths.find(({ kind }) => kind === claim.path);
    if (split && !path) return report('PROFILE_REFERENCE', `claim ${split.id} has no ${claim.path} path`, ['path']);
    return split && path && { ...claim, split, path: { ...path, ratePerSecond: ratePerSecond ?? path.ratePerSecond } };
  },
  lint: ({ split, moves }: MovedWeightsClaim, context) =>
    moves.flatMap((move, index) =>
      // behind another commit the declared weights are a move, too
      lintWeights(split, move, context).filter(({ code }) => index === 0 || code !== 'CLAIM_WEIGHTS_UNCHANGED'),
    ),
  plan: ({ id, moves, path }: MovedWeightsClaim): readonly PlanLine[] => [
    {
      section: 'Steps',
      line: `${id}: commits of ${moves.map(inWords).join(', then ')}, under ${path.ratePerSecond} requests/s`,
    },
  ],
  addons: ['argocd', 'istio'],
});

/** `v1 90, v2 10` */
export function inWords(move: Weights): string {
  return Object.entries(move)
    .map(([subset, weight]) => `${subset} ${weight}`)
    .join(', ');
}
