/** Which of several manifests of one thing is meant, by where they lie. Pure. */
import type { ManifestObject } from '../lint/manifest-set.ts';

/**
 * Variants of one thing lie in sibling folders: those that have the longest way in common with who needs it, and of those
 * the ones with the most folders of the same names (`routes/dev` for `rollouts/dev`).
 */
export function nearestTo(by: ManifestObject, candidates: readonly ManifestObject[]): readonly ManifestObject[] {
  const own = foldersOf(by);
  const nearness = (one: ManifestObject) => {
    const folders = foldersOf(one);
    const parted = own.findIndex((folder, index) => folders[index] !== folder);
    const together = parted < 0 ? own.length : parted;
    return together * 100 + folders.slice(together).filter((folder) => own.slice(together).includes(folder)).length;
  };
  const most = Math.max(...candidates.map(nearness));
  return candidates.filter((one) => nearness(one) === most);
}

function foldersOf({ path }: ManifestObject): readonly string[] {
  return path.split('/').slice(0, -1);
}
