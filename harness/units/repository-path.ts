/** Paths inside a repository: relative to its root, forward slashes, the empty text for the root. Pure. */

/** Undefined when it leads out of the repository. */
export function resolveInside(folder: string, relative: string): string | undefined {
  const parts = relative.startsWith('/') ? [] : segments(folder);
  for (const segment of segments(relative)) {
    if (segment !== '..') parts.push(segment);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}

export function folderOf(file: string): string {
  const at = file.lastIndexOf('/');
  return at < 0 ? '' : file.slice(0, at);
}

export function baseNameOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}

export function isBelow(folder: string, file: string): boolean {
  return folder === '' || file === folder || file.startsWith(`${folder}/`);
}

export function joined(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** Folders of tools, not of what is delivered: `.github`, `.git`, `.vscode`, dependencies. */
export function isToolFolder(file: string): boolean {
  return segments(folderOf(file)).some((segment) => segment.startsWith('.') || segment === 'node_modules');
}

function segments(text: string): string[] {
  return text.split('/').filter((segment) => segment !== '' && segment !== '.');
}

/** Of sorted paths those at or below a folder: without looking at each, because thousands of units ask. */
export function filesBelow(sorted: readonly string[], folder: string): readonly string[] {
  if (folder === '') return sorted;
  const first = firstFrom(sorted, `${folder}/`);
  // `0` follows the slash
  const below = sorted.slice(first, firstFrom(sorted, `${folder}0`));
  return sorted[firstFrom(sorted, folder)] === folder ? [folder, ...below] : below;
}

/** The place of the first path that is not before this text. */
function firstFrom(sorted: readonly string[], text: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < text) low = middle + 1;
    else high = middle;
  }
  return low;
}
