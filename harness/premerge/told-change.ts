/** One object before and after a change, and what is said of it. */
import type { ManifestObject } from '../lint/manifest-set.ts';

/** The same object before and after. */
export interface Pair {
  readonly before: ManifestObject;
  readonly after: ManifestObject;
}

/** A sentence and the objects that it is about. */
export interface ToldChange {
  readonly sentence: string;
  readonly pairs: readonly Pair[];
}
