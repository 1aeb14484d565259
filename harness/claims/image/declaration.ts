/** Claim kind `image`: the Dockerfile in Git builds in stages, on the declared base, from what the build context holds. */
import { z } from 'zod';
import { claimBase, insidePath, text } from '../../documents/document-atoms.ts';
import { claimKind } from '../claim-kind.ts';
import type { ImageClaim } from './image-claim.ts';
import { imageFindings } from './image-findings.ts';

export const image = claimKind({
  kind: 'image',
  summary: 'the Dockerfile builds in stages on the declared base, from what the build context holds; nothing is built',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('image'),
    dockerfile: insidePath.default('Dockerfile').describe('file in Git'),
    context: insidePath.default('.').describe('folder in Git that the build gets'),
    base: text.describe('image of the last stage; * stands for any text'),
    stages: z.int().min(1).default(2).describe('so many at least; the last one copies from an earlier one'),
  }),
  resolve: (claim): ImageClaim => claim,
  lint: (claim: ImageClaim, { files }) => imageFindings(claim, files),
});
