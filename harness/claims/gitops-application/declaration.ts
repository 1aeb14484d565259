/** Claim kind `gitops-application`: the Application is Synced and Healthy, heals itself and prunes. */
import { z } from 'zod';
import { splitRef, weights } from '../../documents/claim-atoms.ts';
import { claimBase, objectRef } from '../../documents/document-atoms.ts';
import type { ClaimBase, ObjectRef, SplitClaim, Weights } from '../../documents/references.ts';
import { claimKind } from '../claim-kind.ts';
import { lintApplication } from './lint.ts';

export interface GitopsApplicationClaim extends ClaimBase {
  readonly kind: 'gitops-application';
  readonly deleteObject: ObjectRef;
  readonly drift: { readonly split: SplitClaim; readonly weights: Weights };
  readonly removeFromGit: ObjectRef;
}

export const gitopsApplication = claimKind({
  kind: 'gitops-application',
  summary: 'the Application is Synced and Healthy, heals itself and prunes',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('gitops-application'),
    deleteObject: objectRef.describe('deleted by hand; must return'),
    drift: z
      .strictObject({ split: splitRef, weights })
      .describe('written by hand into the VirtualService of that split; must be healed'),
    removeFromGit: objectRef.describe('removed by a commit; must go, and return when the commit is reverted'),
  }),
  resolve(claim, { home, splitOf }): GitopsApplicationClaim | undefined {
    const split = splitOf(claim.drift.split, ['drift', 'split']);
    return (
      split && {
        ...claim,
        drift: { ...claim.drift, split },
        deleteObject: { ...claim.deleteObject, namespace: claim.deleteObject.namespace ?? home },
        removeFromGit: { ...claim.removeFromGit, namespace: claim.removeFromGit.namespace ?? home },
      }
    );
  },
  lint: (claim: GitopsApplicationClaim, context) => lintApplication(claim, context),
  addons: ['argocd'],
});
