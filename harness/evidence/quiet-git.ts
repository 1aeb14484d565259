/**
 * Git that does only what it is told: no configuration of the machine, the user, the environment or a repository's
 * content decides what it runs or what it writes.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { settingsInEnvironment } from '../process/git-environment.ts';
import { type RunResult, runProgram } from '../process/run-program.ts';

const IDENTITY = { name: 'canaryproof', email: 'canaryproof@localhost' };

/** Whatever could start a program, or change a file on its way in or out. */
const SETTINGS: Readonly<Record<string, string>> = {
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'core.autocrlf': 'false',
  'core.excludesFile': '/dev/null',
  'core.attributesFile': '/dev/null',
  'commit.gpgSign': 'false',
  'gc.auto': '0',
};

/** The only variable of the caller's that is passed on: where Git is. */
export function searchPath(): string {
  return process.env.PATH ?? '/usr/bin:/bin';
}

/** Goes before a `.gitattributes` of the content: no line ends, keywords, filters or drivers. */
const ATTRIBUTES = '* -text -eol -ident -filter -working-tree-encoding merge\n';

export type QuietGit = (args: readonly string[], input?: string | Uint8Array) => Promise<RunResult>;

/**
 * Of a work tree and the repository in its `.git`. The caller's own variables (GIT_DIR and GIT_INDEX_FILE are set
 * where a hook calls us) do not reach it.
 */
export function quietGit(workDirectory: string): QuietGit {
  const env: Record<string, string> = {
    PATH: searchPath(),
    // nothing is there, and nothing is written there
    HOME: '/dev/null',
    LC_ALL: 'C.UTF-8',
    GIT_DIR: path.join(workDirectory, '.git'),
    GIT_WORK_TREE: workDirectory,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: IDENTITY.name,
    GIT_AUTHOR_EMAIL: IDENTITY.email,
    GIT_COMMITTER_NAME: IDENTITY.name,
    GIT_COMMITTER_EMAIL: IDENTITY.email,
    ...settingsInEnvironment(Object.entries(SETTINGS)),
  };
  return (args, input) =>
    runProgram(['git', ...args], {
      cwd: workDirectory,
      env,
      extendEnv: false,
      ...(input === undefined ? {} : { input }),
    });
}

/** A repository without hooks and templates of the machine. */
export async function initQuietly(git: QuietGit, workDirectory: string): Promise<void> {
  await git(['init', '--quiet', '--template=', '--initial-branch=main']);
  await git(['config', 'core.bare', 'false']);
  await mkdir(path.join(workDirectory, '.git', 'info'), { recursive: true });
  await writeFile(path.join(workDirectory, '.git', 'info', 'attributes'), ATTRIBUTES);
}
