/** Claim kind `recurse-pitfall`: an Application with directory.recurse off is Synced and applies nothing. */
import { z } from 'zod';
import { claimBase, dnsLabel } from '../../documents/document-atoms.ts';
import type { ClaimBase } from '../../documents/references.ts';
import { claimKind } from '../claim-kind.ts';

export interface RecursePitfallClaim extends ClaimBase {
  readonly kind: 'recurse-pitfall';
  /** Name of the Application that the claim makes and removes; undefined: `<application>-no-recurse`. */
  readonly trialApplication: string | undefined;
}

export const recursePitfall = claimKind({
  kind: 'recurse-pitfall',
  summary: 'an Application with directory.recurse off is Synced and applies nothing; the harness must notice',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('recurse-pitfall'),
    trialApplication: dnsLabel.optional().describe('default: <application>-no-recurse; made and removed by the claim'),
  }),
  resolve: (claim): RecursePitfallClaim => ({ ...claim, trialApplication: claim.trialApplication }),
  addons: ['argocd'],
});
