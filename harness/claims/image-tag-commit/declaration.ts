/** Claim kind `image-tag-commit`: a commit of an image tag is seen by Argo CD and starts a canary. */
import { z } from 'zod';
import { durationText, durationToMs } from '../../documents/budgets.ts';
import { released, releaseOf } from '../../documents/claim-atoms.ts';
import { claimBase, trafficPath } from '../../documents/document-atoms.ts';
import type { ClaimBase, NamedRef, Release, TrafficPath } from '../../documents/references.ts';
import { claimKind } from '../claim-kind.ts';

export interface ImageTagCommitClaim extends ClaimBase {
  readonly kind: 'image-tag-commit';
  readonly rollout: NamedRef;
  readonly service: string;
  readonly release: Release;
  readonly path: TrafficPath;
  readonly limitMs: number;
}

export const imageTagCommit = claimKind({
  kind: 'image-tag-commit',
  summary: 'a commit of an image tag is seen by Argo CD and starts a canary; the commit is reverted afterwards',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('image-tag-commit'),
    ...released,
    release: releaseOf('a release'),
    path: trafficPath,
    limit: durationText.default('3m').describe('from the push to the first answer of the new version'),
  }),
  resolve({ id, title, kind, service, release, ...claim }, { placed, pathOf }): ImageTagCommitClaim {
    const rollout = placed(claim.rollout);
    const limitMs = durationToMs(claim.limit)!;
    return { id, title, kind, rollout, service, release, path: pathOf(claim.path), limitMs };
  },
  paths: ({ path }) => [path],
  addons: ['argocd', 'argo-rollouts'],
});
