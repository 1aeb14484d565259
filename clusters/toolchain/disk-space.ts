/** Disk: is there room for what is to be built, and how much do the caches hold. */
import { mkdir, stat, statfs } from 'node:fs/promises';
import { environmentError } from '../../harness/errors/harness-error.ts';
import { runProgram } from '../../harness/process/run-program.ts';
import type { Recipe } from './catalogue/recipe.ts';

const GIB = 1024 ** 3;

/** Bytes needed to build these at once: every build cache beside every result. Caches that are kept elsewhere count 0. */
export function neededBytes(recipes: readonly Recipe[], ownCaches: boolean): number {
  return recipes.reduce((sum, recipe) => sum + recipe.installedBytes * 2 + (ownCaches ? recipe.buildBytes : 0), 0);
}

export async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/**
 * @param alreadyUsed bytes of an interrupted build's caches, which need not be written again
 * @throws HarnessError DISK_TOO_SMALL naming both figures.
 */
export async function requireDiskSpace(directory: string, needed: number, alreadyUsed: number): Promise<void> {
  await mkdir(directory, { recursive: true });
  const free = await freeBytes(directory);
  const still = Math.max(0, needed - alreadyUsed);
  if (free >= still) return;
  throw environmentError(
    'DISK_TOO_SMALL',
    `building needs about ${gibibytes(still)} of disk for a while, ${gibibytes(free)} are free`,
    {
      where: directory,
      hint: 'Free some space, or set CANARYPROOF_CACHE to a directory on a larger disk; most of it is given back after the build.',
    },
  );
}

/** Bytes on disk under a directory, 0 when it does not exist. `du` walks a million files faster than we could. */
export async function directoryBytes(directory: string): Promise<number> {
  const exists = await stat(directory).catch(() => undefined);
  if (exists === undefined) return 0;
  // 1: something vanished while du walked; the sum it prints is still right for the rest.
  const { stdout } = await runProgram(['du', '-s', '-k', directory], { acceptExitCodes: [0, 1] });
  return Number.parseInt(stdout, 10) * 1024;
}

export function gibibytes(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
