/** Whether a `repoURL` means the repository that is being read. */
import { asRecord, type ManifestObject } from '../lint/manifest-set.ts';
import type { RepositoryTree } from './repository-tree.ts';

/**
 * The same address, or the same name under another owner (a fork, a mirror). Where no Application names it so, and for
 * placeholders, the folder decides: repositories are renamed and copied more often than two of them happen to hold a folder
 * of the same path.
 */
export function isOwnRepository(tree: RepositoryTree, repoUrl: string, folder: string): boolean {
  const own = tree.originUrl === undefined ? undefined : normalized(tree.originUrl);
  const asked = normalized(repoUrl);
  if (own === asked) return true;
  if (own !== undefined && lastSegment(own) === lastSegment(asked)) return true;
  if (tree.isNamedByApplications && !isPlaceholder(repoUrl)) return false;
  const holds = folder === '' || tree.hasFolder(folder) || tree.has(folder);
  if (folder !== '') return holds;
  // every repository holds its root: of several that are named, none can be told to be this one
  return tree.areSeveralNamed !== true && (own === undefined || isPlaceholder(repoUrl));
}

/** Whether some Application names this repository: then one that names another means another. */
export function isNamedByApplications({ originUrl }: RepositoryTree, objects: readonly ManifestObject[]): boolean {
  if (originUrl === undefined) return false;
  const own = lastSegment(normalized(originUrl));
  return objects.some(({ value }) =>
    [...JSON.stringify(value).matchAll(/"repoURL":"([^"]*)"/g)].some(
      ([, url]) => lastSegment(normalized(url ?? '')) === own,
    ),
  );
}

/** Whether Applications read more than one repository, charts of a registry left out. */
export function areSeveralNamed(objects: readonly ManifestObject[]): boolean {
  return new Set(objects.flatMap(({ value }) => repositoriesIn(value)).map(normalized)).size > 1;
}

function repositoriesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(repositoriesIn);
  const record = asRecord(value);
  if (!record) return [];
  const own = typeof record.repoURL === 'string' && record.chart === undefined ? [record.repoURL] : [];
  return [...own, ...Object.values(record).flatMap(repositoriesIn)];
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
