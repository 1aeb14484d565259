/**
 * The only recursive removal in canaryproof (a room rule forbids every other one): a folder that is this user's, and
 * nothing that it points to.
 *
 * The folder is looked at (no link, this user's, nobody else may write to it), moved into a fresh folder that only this
 * user can enter, looked at again, and emptied there by rm(1). From the move on nobody else reaches it by a path, and
 * rm walks by directory handles (openat, unlinkat, O_NOFOLLOW): a folder that is swapped for a link, even through a
 * handle from before, loses the link and not what it points to. Node's own `rm` walks by paths.
 */
import type { Stats } from 'node:fs';
import { lstat, mkdtemp, readdir, rename, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { environmentError } from '../errors/harness-error.ts';
import { notPrivate } from './private-folder.ts';
import { ProgramError, runProgram } from './run-program.ts';

/** The kernel may hold the mounts of a namespace that just ended for a moment longer. */
const BUSY_TRIES = 10;
const BUSY_WAIT_MS = 100;

/**
 * Does nothing when nothing is there.
 * @param move the way into the private folder: rename(2)
 * @throws HarnessError TREE_NOT_OURS when it is a link, somebody else's, or others may write to it: nothing is changed;
 * TREE_NOT_REMOVED when the system refuses
 */
export async function removeOwnTree(directory: string, move: typeof rename = rename): Promise<void> {
  await finishEarlier(directory);
  const before = await lstat(directory).catch(ignoreMissing);
  if (before === undefined) return;
  if (!before.isDirectory()) throw notOurs(directory, before.isSymbolicLink() ? 'it is a link' : 'it is no folder');
  requireOwn(directory, before);
  try {
    await moveAndRemove(directory, before, move);
  } catch (error) {
    if (error instanceof Error && error.name === 'HarnessError') throw error;
    throw environmentError('TREE_NOT_REMOVED', `a folder could not be removed: ${reasonOf(error)}`, {
      where: directory,
      hint: 'Look at what is in it, and run the command again.',
      cause: error,
    });
  }
}

async function moveAndRemove(directory: string, before: Stats, move: typeof rename): Promise<void> {
  const grave = await mkdtemp(path.join(path.dirname(directory), gravePrefix(directory)));
  const moved = path.join(grave, 'tree');
  try {
    await move(directory, moved);
  } catch (error) {
    await rmdir(grave);
    return ignoreMissing(error);
  }
  const after = await lstat(moved);
  if (after.dev !== before.dev || after.ino !== before.ino) {
    // put there between the look and the move; as it was, where that is still possible
    await rename(moved, directory).catch(() => undefined);
    await rmdir(grave).catch(() => undefined);
    throw notOurs(directory, 'it was exchanged for another one just now');
  }
  await removeByHandles(grave);
}

/** Hidden, beside the tree: so that whoever lists its neighbours does not take it for one. */
const gravePrefix = (directory: string): string => `.removed-${path.basename(directory)}-`;

/** What a removal left that was killed half way: private folders of this name. */
async function finishEarlier(directory: string): Promise<void> {
  const [parent, prefix] = [path.dirname(directory), gravePrefix(directory)];
  const names = await readdir(parent).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(prefix))) {
    const found = await lstat(path.join(parent, name)).catch(ignoreMissing);
    if (found && notPrivate(found) === undefined) await removeByHandles(path.join(parent, name));
  }
}

async function removeByHandles(grave: string): Promise<void> {
  // a file system that somebody mounted inside is not part of the tree
  const withinOneFileSystem = process.platform === 'linux' ? ['--one-file-system'] : [];
  for (let tries = 1; ; tries++)
    try {
      await runProgram(['rm', '-rf', ...withinOneFileSystem, '--', grave], {
        env: { LC_ALL: 'C' },
        ownProcessGroup: true,
      });
      return;
    } catch (error) {
      const busy = error instanceof ProgramError && /resource busy|not empty/.test(error.message);
      if (!busy || tries === BUSY_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, BUSY_WAIT_MS));
    }
}

/**
 * Whether nobody but this user (and root) can write: the group may where it is the user's own, as with umask 002.
 * @throws HarnessError TREE_NOT_OURS
 */
function requireOwn(directory: string, { uid, gid, mode }: Stats): void {
  const user = process.geteuid?.();
  if (uid !== user) throw notOurs(directory, `it belongs to user ${uid} and not to ${user}`);
  if ((mode & 0o002) !== 0) throw notOurs(directory, 'everybody may write to it');
  if ((mode & 0o020) !== 0 && gid !== process.getegid?.())
    throw notOurs(directory, `everybody of group ${gid} may write to it`);
}

function notOurs(directory: string, why: string): Error {
  return environmentError('TREE_NOT_OURS', `a folder is not removed: ${why}`, {
    where: directory,
    hint: 'Nothing was changed. Remove it yourself if it is of no use to anybody.',
  });
}

/** @throws whatever it is, unless that something is not there */
async function ignoreMissing(error: unknown): Promise<undefined> {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw error;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n').at(-1) ?? '') : String(error);
}
