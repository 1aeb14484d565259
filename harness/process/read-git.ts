/**
 * Git that reads a repository which may be a stranger's. Listing files and resolving names can start programs that the
 * repository's own settings name: a file system monitor, hooks (a written index calls one, a private one too), filters,
 * signature checks, and the transports that fetch what a partial clone lacks. None of them is started here.
 */
import { settingsInEnvironment, withoutAnotherRepository } from './git-environment.ts';
import { type RunResult, runProgram } from './run-program.ts';

/** Whatever a reading command could start. */
const SETTINGS: Readonly<Record<string, string>> = {
  'core.fsmonitor': 'false',
  'core.hooksPath': '/dev/null',
  'core.alternateRefsCommand': '',
  'log.showSignature': 'false',
};

/** A partial clone names the program that brings what it lacks (`ext::`, core.sshCommand). */
const NOTHING_FETCHED = { GIT_ALLOW_PROTOCOL: 'none', GIT_NO_LAZY_FETCH: '1' };

export interface ReadGitOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly acceptExitCodes?: readonly number[];
  /** A repository of another user is read as well (a container in CI). */
  readonly isAnybodys?: true;
  /** Files are written down as Git holds them, whatever filter they ask for. */
  readonly isUnfiltered?: true;
}

/**
 * In the repository around the folder, whatever the environment names (a hook's), and only of what is there.
 * @throws ProgramError
 */
export async function readGit(
  folder: string,
  args: readonly string[],
  { env = {}, acceptExitCodes, isAnybodys, isUnfiltered }: ReadGitOptions = {},
): Promise<RunResult> {
  const settings = new Map(Object.entries(SETTINGS));
  if (isAnybodys) settings.set('safe.directory', '*');
  if (isUnfiltered) for (const [key, value] of await withoutFilters(folder)) settings.set(key, value);
  return runProgram(['git', '-C', folder, ...args], {
    extendEnv: false,
    env: {
      ...withoutAnotherRepository(process.env),
      GIT_OPTIONAL_LOCKS: '0',
      GIT_TERMINAL_PROMPT: '0',
      ...NOTHING_FETCHED,
      ...env,
      // behind those that the caller's environment has
      ...settingsInEnvironment(settings, Number(process.env.GIT_CONFIG_COUNT) || 0),
    },
    ...(acceptExitCodes === undefined ? {} : { acceptExitCodes }),
  });
}

/** Names of filters are anybody's choice; each that is set somewhere is set to nothing. */
async function withoutFilters(folder: string): Promise<readonly (readonly [key: string, value: string])[]> {
  const asked = ['config', '--null', '--name-only', '--get-regexp', '^filter\\..*\\.(smudge|process|required)$'];
  const { stdout } = await readGit(folder, asked, { acceptExitCodes: [0, 1] });
  return stdout.split('\0').flatMap((key) => (key === '' ? [] : [[key, key.endsWith('.required') ? 'false' : '']]));
}
