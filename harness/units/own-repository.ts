/** Whether a `repoURL` means the repository that is being read. */
import type { RepositoryTree } from './repository-tree.ts';

/**
 * The same address, or the same name under another owner (a fork, a mirror). For any other address the folder decides:
 * repositories are renamed and copied more often than two of them happen to hold a folder of the same path.
 */
export function isOwnRepository(tree: RepositoryTree, repoUrl: string, folder: string): boolean {
  const own = tree.originUrl === undefined ? undefined : normalized(tree.originUrl);
  const asked = normalized(repoUrl);
  if (own === asked) return true;
  if (own !== undefined && lastSegment(own) === lastSegment(asked)) return true;
  const holds = folder === '' || tree.hasFolder(folder) || tree.has(folder);
  return holds && (folder !== '' || own === undefined || isPlaceholder(repoUrl));
}

function normalized(url: string): string {
  return url
    .trim()
    .toLowerCase()
    .replace(/^[a-z+]+:\/\/(?:[^@/]*@)?/, '')
    .replace(/^[^@/]+@([^:/]+):/, '$1/')
    .replace(/\.git$|\/+$/g, '')
    .replace(/\.git$/, '');
}

function lastSegment(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}

/** `https://github.com/<YOU>/repo`, `your-org`, `example.com`, template marks. */
function isPlaceholder(url: string): boolean {
  return url === '' || /[<>{}$]|your|example|changeme|placeholder/i.test(url);
}
