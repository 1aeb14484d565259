/** Files that are only in memory, as a tree for as long as the work lasts: programs that render read folders. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ManifestFile } from '../lint/manifest-set.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { type RepositoryTree, readFolderTree } from './repository-tree.ts';

/** @throws what the work throws, and when a file cannot be written to the temporary folder */
export async function withTreeOf<Result>(
  files: readonly ManifestFile[],
  work: (tree: RepositoryTree) => Promise<Result>,
): Promise<Result> {
  const own = await mkdtemp(path.join(tmpdir(), 'canaryproof-profile-'));
  try {
    for (const file of files) {
      const target = path.join(own, file.path);
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, file.text);
    }
    return await work(await readFolderTree(own, undefined));
  } finally {
    await removeOwnTree(own);
  }
}
