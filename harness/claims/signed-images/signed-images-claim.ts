/** What a claim `signed-images` says. */
import type { ClaimBase } from '../../documents/references.ts';

export interface SignedImagesClaim extends ClaimBase {
  readonly kind: 'signed-images';
  /** Name of the ImageValidatingPolicy, of which the cluster has one set. */
  readonly policy: string;
  readonly namespace: string;
  /** What becomes of an image from another registry than the run's. */
  readonly otherRegistries: 'admitted' | 'refused';
  readonly pinsDigests: boolean;
  readonly failsClosed: boolean;
  readonly readyWithinMs: number;
  /** Of objects in Git that name no namespace. */
  readonly home: string;
}
