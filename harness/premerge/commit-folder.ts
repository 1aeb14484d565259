/** The files of an earlier commit in a private folder; nothing in the user's repository is written, not even its index. */

import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { usageError } from '../errors/harness-error.ts';
import { readGit } from '../process/read-git.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { ProgramError } from '../process/run-program.ts';

export interface CommitFolder {
  /** The commit that is compared with: where the branches parted, if they did. */
  readonly commit: string;
  readonly directory: string;
}

/** @throws HarnessError CHANGED_SINCE_UNKNOWN, CHANGED_SINCE_OWNER (exit 2) */
export async function withCommit<Result>(
  root: string,
  reference: string,
  work: (folder: CommitFolder) => Promise<Result>,
): Promise<Result> {
  const commit = await commitOf(root, reference);
  const own = await mkdtemp(path.join(tmpdir(), 'canaryproof-commit-'));
  try {
    const directory = path.join(own, 'tree');
    await mkdir(directory);
    const index = { GIT_INDEX_FILE: path.join(own, 'index') };
    try {
      await git(root, ['read-tree', commit], index);
      await git(root, ['checkout-index', '--all', '--force', `--prefix=${directory}/`], index);
    } catch (error) {
      refusePartial(error, reference);
    }
    return await work({ commit, directory });
  } finally {
    await removeOwnTree(own);
  }
}

async function commitOf(root: string, reference: string): Promise<string> {
  const resolve = (name: string) =>
    git(root, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]);
  const asked = await resolve(reference).catch((error: unknown) => refuse(error, reference));
  const parted = await git(root, ['merge-base', asked, 'HEAD']).catch((error: unknown) => {
    if (error instanceof ProgramError) return asked;
    throw error;
  });
  return parted || asked;
}

function refuse(error: unknown, reference: string): never {
  if (!(error instanceof ProgramError)) throw error;
  if (error.stderr.includes('dubious ownership'))
    throw usageError('CHANGED_SINCE_OWNER', 'Git does not trust this repository, which belongs to another user', {
      hint: 'git config --global --add safe.directory PATH, if you do.',
      cause: error,
    });
  throw usageError('CHANGED_SINCE_UNKNOWN', `this repository has no commit ${reference}`, {
    hint: 'A shallow clone holds only its newest commit: fetch the other one first (git fetch --depth=… origin REF).',
    cause: error,
  });
}

/** Nothing is fetched: a program that the repository names would. */
function refusePartial(error: unknown, reference: string): never {
  if (
    !(error instanceof ProgramError) ||
    !/unable to read|promisor|lazy fetch|failed to unpack tree/i.test(error.stderr)
  )
    throw error;
  throw usageError('CHANGED_SINCE_UNKNOWN', `this repository holds only a part of ${reference}`, {
    hint: 'A partial clone lacks files of older commits, and nothing is fetched here: clone without --filter.',
    cause: error,
  });
}

/** Filters would fetch (LFS), or be programs that the repository names; pointers are judged as what they are. */
async function git(root: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const isWriting = args[0] === 'checkout-index';
  return (await readGit(root, args, { env, ...(isWriting ? { isUnfiltered: true as const } : {}) })).stdout.trim();
}
