/** Files of a unit that nobody could read here, and that a cluster may get all the same. Pure. */
import { isBelow } from '../../units/repository-path.ts';
import type { TreeNote } from '../../units/tree-note.ts';
import { foldersOf, type RenderUnit } from '../../units/unit-model.ts';
import type { Unprovable } from '../subjects.ts';

export function hiddenFiles(notes: readonly TreeNote[], unit: RenderUnit): readonly Unprovable[] {
  const folders = foldersOf(unit);
  return notes
    .filter(({ path }) => path !== '.' && folders.some((folder) => isBelow(folder, path)))
    .map(({ path, sentence }) => ({ what: path, why: `it ${sentence}` }));
}
