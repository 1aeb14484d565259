/**
 * One commit of a repository elsewhere, in a private folder for as long as the work lasts. Git runs without the user's
 * and the machine's configuration files (what the environment says of GIT_CONFIG_COUNT holds: tokens of CI), asks
 * nothing, and takes no other transports than these: a URL may come from a document.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { usageError } from '../errors/harness-error.ts';
import { hideInUrls } from '../errors/hidden-words.ts';
import { withoutAnotherRepository } from '../process/git-environment.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { ProgramError, runProgram } from '../process/run-program.ts';

export interface Clone {
  readonly folder: string;
  /** 40 hexadecimal digits. */
  readonly commit: string;
}

const ADDRESS = /^(https?|ssh|git|file):\/\/|^[\w.-]+@[\w.-]+:/;

/** Whether a text is meant as an address and not as a folder. */
export function isAddress(text: string): boolean {
  return ADDRESS.test(text);
}

/**
 * @param commit undefined: the head of the default branch
 * @throws HarnessError (exit 2) CLONE_FAILED in Git's words
 */
export async function withClone<Result>(
  url: string,
  commit: string | undefined,
  work: (clone: Clone) => Promise<Result>,
): Promise<Result> {
  const own = await mkdtemp(path.join(tmpdir(), 'canaryproof-clone-'));
  try {
    const folder = path.join(own, 'repository');
    await git(own, ['init', '--quiet', '--template=', folder]);
    await git(folder, ['remote', 'add', '--', 'origin', url]);
    await git(folder, ['fetch', '--quiet', '--depth=1', '--no-tags', 'origin', commit ?? 'HEAD']).catch(
      (error: unknown) => refuse(error, url),
    );
    await git(folder, ['checkout', '--quiet', '--detach', 'FETCH_HEAD']);
    const head = await git(folder, ['rev-parse', 'HEAD']);
    return await work({ folder, commit: head });
  } finally {
    await removeOwnTree(own);
  }
}

function refuse(error: unknown, url: string): never {
  if (!(error instanceof ProgramError)) throw error;
  const said = error.stderr.trim().split('\n').at(-1) ?? '';
  throw usageError('CLONE_FAILED', `Git cannot fetch ${hideInUrls(url)}: ${hideInUrls(said)}`, {
    where: hideInUrls(url),
    hint: 'Clone it yourself and give the folder, where it needs a password or a key.',
  });
}

async function git(folder: string, args: readonly string[]): Promise<string> {
  const { stdout } = await runProgram(
    ['git', '-C', folder, '-c', 'filter.lfs.smudge=', '-c', 'filter.lfs.process=', ...args],
    {
      extendEnv: false,
      env: {
        ...withoutAnotherRepository(process.env),
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_TERMINAL_PROMPT: '0',
        GIT_LFS_SKIP_SMUDGE: '1',
        GIT_ALLOW_PROTOCOL: 'https:http:ssh:git:file',
      },
    },
  );
  return stdout.trim();
}
