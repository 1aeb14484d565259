/** Something of the tree that is not judged, in one sentence. */
import { isBelow } from './repository-path.ts';

export interface TreeNote {
  readonly code: string;
  readonly path: string;
  readonly sentence: string;
  readonly hint?: string;
}

export const SUBMODULE = 'SUBMODULE_NOT_JUDGED';

/** The submodule that a path lies in: Argo CD checks it out, and here it is another repository. */
export function submoduleOf({ notes }: { readonly notes: readonly TreeNote[] }, inside: string): string | undefined {
  return notes.find(({ code, path }) => code === SUBMODULE && isBelow(path, inside))?.path;
}
