/** What a claim `feature-flags` says. */
import type { ClaimBase, NamedRef, SplitClaim, TrafficPath } from '../../documents/references.ts';

export interface FeatureFlagsClaim extends ClaimBase {
  readonly kind: 'feature-flags';
  readonly flag: string;
  /** ConfigMap in Git with an export of Unleash in one of its values. */
  readonly declaredIn: NamedRef;
  /** Who evaluates the flag, as its pods name themselves. */
  readonly service: string;
  readonly path: TrafficPath;
  /** What of a request says whose it is. */
  readonly user: UserField;
  /** Half-width of what is accepted around the declared share of users; undefined: by the assurance. */
  readonly margin: number | undefined;
  readonly toggledWithinMs: number;
  readonly servesLastKnown: boolean;
  /** Whose shares of the mesh are reported beside that of the flag. */
  readonly split: SplitClaim | undefined;
  /** Of objects in Git that name no namespace. */
  readonly home: string;
}

export interface UserField {
  readonly kind: 'header' | 'cookie';
  readonly name: string;
}
