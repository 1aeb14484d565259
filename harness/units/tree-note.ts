/** Something of the tree that is not judged, in one sentence. */
export interface TreeNote {
  readonly code: string;
  readonly path: string;
  readonly sentence: string;
  readonly hint?: string;
}
