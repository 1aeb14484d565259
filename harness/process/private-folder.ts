/** Folders that nobody but this user can enter, and files that nobody but this user (or root) can have written. */
import type { Stats } from 'node:fs';
import { lstat, mkdir, stat } from 'node:fs/promises';
import { environmentError } from '../errors/harness-error.ts';

/**
 * Makes the folder (mode 0700) or takes the one that is there, if it is one that this user alone can enter.
 * Its parent must exist.
 * @throws HarnessError FOLDER_NOT_PRIVATE when it is a link, somebody else's, or open to others
 */
export async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const problem = notPrivate(await lstat(folder));
  if (problem === undefined) return;
  throw environmentError('FOLDER_NOT_PRIVATE', `a folder that has to be private is not: ${problem}`, {
    where: folder,
    hint: 'Nothing was changed. Look at what it is, and remove it or make it yours (chmod 700).',
  });
}

/** Why a folder is not this user's alone, or undefined. */
export function notPrivate(found: Stats): string | undefined {
  if (found.isSymbolicLink()) return 'it is a link';
  if (!found.isDirectory()) return 'it is no folder';
  if (found.uid !== process.geteuid?.()) return `it belongs to user ${found.uid}`;
  if ((found.mode & 0o077) !== 0) return `its mode is ${(found.mode & 0o777).toString(8)}`;
  return undefined;
}

/** Who besides this user and root can have written a file or folder, or undefined when nobody can. */
export function writableByOthers(found: Stats): string | undefined {
  const user = process.geteuid?.();
  if (found.uid !== user && found.uid !== 0) return `it belongs to user ${found.uid}`;
  // the mode of a link says nothing
  if (found.isSymbolicLink()) return undefined;
  if ((found.mode & 0o002) !== 0) return 'everybody may write to it';
  if ((found.mode & 0o020) !== 0 && found.gid !== process.getegid?.() && found.gid !== 0)
    return `everybody of group ${found.gid} may write to it`;
  return undefined;
}

/** The same of a path, with what a link there leads to; undefined where nothing is. */
export async function pathWritableByOthers(file: string): Promise<string | undefined> {
  const found = await lstat(file).catch(() => undefined);
  if (found === undefined) return undefined;
  const problem = writableByOthers(found);
  if (problem !== undefined || !found.isSymbolicLink()) return problem;
  // whose link it is says who chose the place, and not who may write there
  const target = await stat(file).catch(() => undefined);
  return target && writableByOthers(target);
}
