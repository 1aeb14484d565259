/**
 * A real Git repository made for one run: a bare one that the cluster reads, and a work tree that the harness commits
 * from. Git runs with no configuration of the machine, the user or the content (quiet-git.ts), and a commit holds exactly
 * the files that were given (exact-commit.ts).
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { runProgram } from '../process/run-program.ts';
import { commitExactly } from './exact-commit.ts';
import { initQuietly, quietGit, searchPath } from './quiet-git.ts';

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

export interface Commit {
  readonly sha: string;
  readonly message: string;
  /** Unix milliseconds when the push ended, which is when anybody else can see it. */
  readonly pushedAt: number;
}

export interface GitRepository {
  /** URL as the cluster reads it. */
  readonly url: string;
  readonly commits: readonly Commit[];
  /** Replaces the whole content by `files`, commits and pushes. */
  commit(files: readonly TextFile[], message: string): Promise<Commit>;
  /** Makes a branch from another one and pushes it; an existing one is moved there. */
  branch(name: string, from: string): Promise<Commit>;
  /** Replaces the content of a branch, commits and pushes. */
  commitTo(branch: string, files: readonly TextFile[], message: string): Promise<Commit>;
  /** Merges one branch into another with a merge commit, and pushes. */
  merge(from: string, into: string, message: string): Promise<Commit>;
}

/**
 * @param bareDirectory folder that the cluster's Git server serves; gets `<name>.git`
 * @param workDirectory an empty or absent folder
 */
export async function createGitRepository(
  location: { readonly bareDirectory: string; readonly baseUrl: string; readonly name: string },
  workDirectory: string,
  now: () => number,
): Promise<GitRepository> {
  const bare = path.join(location.bareDirectory, `${location.name}.git`);
  const git = quietGit(workDirectory);
  await mkdir(workDirectory, { recursive: true });
  await removeOwnTree(bare);
  await initQuietly(git, workDirectory);
  await runProgram(['git', 'init', '--quiet', '--template=', '--bare', '--initial-branch=main', bare], {
    extendEnv: false,
    env: { PATH: searchPath(), GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
  });
  await git(['remote', 'add', 'origin', bare]);
  const commits: Commit[] = [];
  const fill = async (branch: string, files: readonly TextFile[], message: string) => {
    await commitExactly(git, branch, files, message);
    // the work tree shows what was committed: Kustomize renders from there
    await git(['read-tree', '--reset', '-u', branch]);
  };
  const push = async (branch: string, message: string): Promise<Commit> => {
    await git(['push', '--quiet', '--force', 'origin', branch]);
    const { stdout } = await git(['rev-parse', branch]);
    return { sha: stdout.trim(), message, pushedAt: now() };
  };
  /** Other claims commit to main: the work tree goes back to it. */
  const onBranch = async (branch: string, message: string, work: () => Promise<unknown>): Promise<Commit> => {
    await git(['checkout', '--quiet', '--force', branch]);
    try {
      await work();
      return await push(branch, message);
    } finally {
      await git(['checkout', '--quiet', '--force', 'main']);
    }
  };
  return {
    url: `${location.baseUrl}/${location.name}.git`,
    commits,
    async commit(files, message) {
      await fill('main', files, message);
      const commit = await push('main', message);
      commits.push(commit);
      return commit;
    },
    async branch(name, from) {
      await git(['branch', '--force', name, from]);
      return push(name, `branch ${name}`);
    },
    commitTo: (branch, files, message) => onBranch(branch, message, () => fill(branch, files, message)),
    merge: (from, into, message) =>
      onBranch(into, message, () => git(['merge', '--quiet', '--no-ff', '-m', message, from])),
  };
}
