/** The profiles that a `lint` of some paths is about: in a folder that was asked for, or where `init` put one in the repository. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError } from '../errors/harness-error.ts';
import { INIT_FOLDER, loadProfile } from '../profile/load-profile.ts';
import type { Profile } from '../profile/profile.ts';

/** A profile, or why there is none to be read. */
export type FoundProfile = { readonly profile: Profile } | { readonly problem: string };

/** @param paths absolute; folders above are looked at up to the root of the repository */
export async function profilesOfPaths(paths: readonly string[]): Promise<readonly FoundProfile[]> {
  const folders = new Set<string>();
  for (const one of paths) {
    if (await exists(path.join(one, 'profile.yaml'))) folders.add(one);
    for (const above of await foldersUpToRoot(one)) {
      const beside = path.join(above, INIT_FOLDER);
      if (await exists(path.join(beside, 'profile.yaml'))) folders.add(beside);
    }
  }
  return Promise.all([...folders].sort().map(readIn));
}

async function readIn(folder: string): Promise<FoundProfile> {
  try {
    return { profile: await loadProfile(`${folder}${path.sep}`, { packageRoot: folder, workingDirectory: folder }) };
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    return { problem: `${folder}: ${error.code}: ${error.message}` };
  }
}

/** None above a folder that is in no Git repository. */
async function foldersUpToRoot(start: string): Promise<readonly string[]> {
  const folders: string[] = [];
  for (let folder = start; ; folder = path.dirname(folder)) {
    folders.push(folder);
    if (await exists(path.join(folder, '.git'))) return folders;
    if (path.dirname(folder) === folder) return [start];
  }
}

const exists = (file: string) =>
  stat(file).then(
    () => true,
    () => false,
  );
