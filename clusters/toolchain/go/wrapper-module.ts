/** The wrapper modules beside this file: read for the recipe hash, copied out to be built. */
import { cp, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { environmentError } from '../../../harness/errors/harness-error.ts';
import { removeOwnTree } from '../../../harness/process/remove-own-tree.ts';

/** Where they are in a checkout; a bundled canaryproof passes its own place. */
export function bundledModulesDirectory(): string {
  return fileURLToPath(new URL('../modules', import.meta.url));
}

/**
 * Relative file name -> content of one wrapper module: go.mod, go.sum and, for our own programs, the source.
 * @throws HarnessError TOOLCHAIN_INCOMPLETE when the folder or its go.mod or go.sum is missing.
 */
export async function readWrapperModule(modulesDirectory: string, folder: string): Promise<Record<string, string>> {
  const directory = path.join(modulesDirectory, folder);
  const names: readonly string[] = await readdir(directory, { recursive: true }).catch(() => []);
  const missing = ['go.mod', 'go.sum'].filter((name) => !names.includes(name));
  if (missing.length > 0)
    throw environmentError('TOOLCHAIN_INCOMPLETE', `the recipe of ${folder} lacks ${missing.join(' and ')}`, {
      where: directory,
      hint: 'The installation of canaryproof is incomplete: install it again.',
    });
  const sources = names.filter((name) => /\.(go|mod|sum)$/.test(name) && !name.endsWith('_test.go')).sort();
  const contents = await Promise.all(sources.map((name) => readFile(path.join(directory, name), 'utf8')));
  return Object.fromEntries(sources.map((name, index) => [name, contents[index] ?? '']));
}

/** A copy of its own to build in: the installed package may be read-only, or lie under somebody's go.work. */
export async function copyWrapperModule(modulesDirectory: string, folder: string, target: string): Promise<void> {
  await removeOwnTree(target);
  await cp(path.join(modulesDirectory, folder), target, { recursive: true });
}
