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
 * @param answerMs for a server to say what its head is, before it is given up
 * @throws HarnessError (exit 2) CLONE_FAILED in Git's words
 */
export async function withClone<Result>(
  url: string,
  commit: string | undefined,
  work: (clone: Clone) => Promise<Result>,
  answerMs = ANSWER_MS,
): Promise<Result> {
  const own = await mkdtemp(path.join(tmpdir(), 'canaryproof-clone-'));
  try {
    const folder = path.join(own, 'repository');
    await git(own, ['init', '--quiet', '--template=', folder]);
    await git(folder, ['remote', 'add', '--', 'origin', url]);
    await fetchFrom(folder, url, commit ?? 'HEAD', answerMs).catch((error: unknown) => refuse(error, url, answerMs));
    await git(folder, ['checkout', '--quiet', '--detach', 'FETCH_HEAD']);
    const head = await git(folder, ['rev-parse', 'HEAD']);
    return await work({ folder, commit: head });
  } finally {
    await removeOwnTree(own);
  }
}

function refuse(error: unknown, url: string, answerMs: number): never {
  if (!(error instanceof ProgramError)) throw error;
  if (error.reason === 'timeout')
    throw usageError('CLONE_FAILED', `${hideInUrls(url)} did not answer for ${answerMs / 1000} s`, {
      where: hideInUrls(url),
      hint: 'Is the address right, and reachable from here? A clone of it can be given as a folder.',
    });
  throw usageError('CLONE_FAILED', `Git cannot fetch ${hideInUrls(url)}: ${hideInUrls(reasonIn(error.stderr))}`, {
    where: hideInUrls(url),
    hint: HINTS.find(([pattern]) => pattern.test(error.stderr))![1],
  });
}

const HINTS: readonly (readonly [said: RegExp, hint: string])[] = [
  [
    /could not read (Username|Password)|Permission denied|Authentication failed/,
    'It needs a password or a key, and nothing is asked here. Clone it yourself and give the folder.',
  ],
  [/No space left on device/, 'Make room in the temporary folder, or name another one (TMPDIR).'],
  [/not our ref|couldn't find remote ref/, 'That commit is not there any more. Run canaryproof init again.'],
  [/(?:)/, 'Is the address right? A clone of it can be given as a folder.'],
];

/** Git's first complaint; what follows it is advice ("Please make sure …"). */
function reasonIn(stderr: string): string {
  const lines = stderr.trim().split('\n');
  return lines.find((line) => /^(fatal|error|remote: error): /i.test(line)) ?? lines.at(-1) ?? '';
}

/** A server that has not said by then what its default branch is says nothing. */
const ANSWER_MS = 10_000;
/** Over HTTP, without a byte for so long, a transfer is given up. */
const STALL_SECONDS = 10;

async function fetchFrom(folder: string, url: string, what: string, answerMs: number): Promise<void> {
  if (!url.startsWith('file:')) await git(folder, ['ls-remote', '--quiet', 'origin', 'HEAD'], answerMs);
  await git(folder, ['fetch', '--quiet', '--depth=1', '--no-tags', 'origin', what]);
}

async function git(folder: string, args: readonly string[], timeoutMs?: number): Promise<string> {
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
        GIT_HTTP_LOW_SPEED_LIMIT: '1',
        GIT_HTTP_LOW_SPEED_TIME: String(STALL_SECONDS),
        // a terminal is asked by ssh itself
        ...(process.env.GIT_SSH_COMMAND || process.env.GIT_SSH ? {} : { GIT_SSH_COMMAND: 'ssh -o BatchMode=yes' }),
      },
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    },
  );
  return stdout.trim();
}
