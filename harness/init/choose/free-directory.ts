/** Where a profile is written: a folder that is empty, or that holds one of ours. */
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { usageError } from '../../errors/harness-error.ts';
import { INIT_FOLDER } from '../../profile/load-profile.ts';

interface WantedFolder {
  readonly to: string | undefined;
  readonly force: boolean;
  readonly workingDirectory: string;
}

/**
 * @param start what is read, where it is a folder or a file of this machine
 * @throws HarnessError INIT_EXISTS, INIT_INSIDE_GIT
 */
export async function freeDirectory(
  { to, force, workingDirectory }: WantedFolder,
  start: string | undefined,
): Promise<string> {
  const beside = start === undefined ? workingDirectory : await folderOfStart(start);
  const directory = path.resolve(workingDirectory, to ?? path.join(beside, INIT_FOLDER));
  if (await isInsideGit(directory))
    throw usageError('INIT_INSIDE_GIT', `${directory} is inside a .git, where Git keeps its own files`, {
      where: directory,
      hint: 'Name a folder outside of it with --to.',
    });
  const held = await readdir(directory).catch((error: unknown): string[] => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw usageError('INIT_EXISTS', `${directory} is no folder that a profile can be written to`, {
      where: directory,
      hint: 'Name another one with --to.',
      cause: error,
    });
  });
  // an empty folder is as good as none; only our own two files are ever written over
  if (held.length > 0 && !(force && held.includes('profile.yaml')))
    throw usageError('INIT_EXISTS', `${directory} exists already`, {
      where: directory,
      hint: held.includes('profile.yaml')
        ? 'Use --force to write its profile.yaml and overlay.yaml anew, or --to for another folder.'
        : 'Name another folder with --to.',
    });
  return directory;
}

/** Also by a link: what is there already is followed, and the rest is a name. */
async function isInsideGit(directory: string): Promise<boolean> {
  for (let there = directory; ; there = path.dirname(there)) {
    const real = await realpath(there).catch(() => undefined);
    if (real === undefined && there !== path.dirname(there)) continue;
    return path
      .join(real ?? there, path.relative(there, directory))
      .split(path.sep)
      .includes('.git');
  }
}

/** Of a file the folder that it is in. */
export async function folderOfStart(start: string): Promise<string> {
  return (await stat(start)).isDirectory() ? start : path.dirname(start);
}
