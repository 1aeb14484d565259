/** Claim kind `overlays`: every overlay renders, and differs from the others only as declared. */
import { z } from 'zod';
import { claimBase, insidePath, text } from '../../documents/document-atoms.ts';
import type { ClaimBase } from '../../documents/references.ts';
import { claimKind } from '../claim-kind.ts';

export interface OverlaysClaim extends ClaimBase {
  readonly kind: 'overlays';
  readonly overlays: readonly {
    readonly path: string;
    readonly application: string;
    readonly approval: 'automatic' | 'manual';
  }[];
  readonly mayDiffer: readonly { readonly kind: string; readonly path?: string | undefined }[];
}

export const overlays = claimKind({
  kind: 'overlays',
  summary: 'every overlay renders, differs from the others only as declared, and is deployed as declared',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('overlays'),
    overlays: z
      .array(
        z.strictObject({
          path: insidePath.describe('folder of the overlay'),
          application: insidePath.describe('manifest of the Application that deploys it'),
          approval: z.enum(['automatic', 'manual']).describe('manual: no automated sync, somebody has to'),
        }),
      )
      .min(2, 'must name at least two overlays'),
    mayDiffer: z
      .array(
        z.strictObject({
          kind: text.describe('of the object; * for any'),
          path: text.optional().describe('field, dots between its parts; left out: the object as a whole'),
        }),
      )
      .describe('everything in which overlays may differ; each entry must be a difference somewhere'),
  }),
  resolve: (claim): OverlaysClaim => claim,
  addons: ['argocd'],
});
