/** What a claim `image` says. */
import type { ClaimBase } from '../../documents/references.ts';

export interface ImageClaim extends ClaimBase {
  readonly kind: 'image';
  readonly dockerfile: string;
  readonly context: string;
  readonly base: string;
  readonly stages: number;
}
