/** The commits that a search goes over, each in a private clone; the user's repository is only read. */
import path from 'node:path';
import { usageError } from '../../../errors/harness-error.ts';
import { withClone } from '../../../overlay/clone-repository.ts';
import { readGit } from '../../../process/read-git.ts';
import type { Profile } from '../../../profile/profile.ts';

export interface CommitSearch {
  /** Absolute: of the repository that holds the profile. */
  readonly root: string;
  /** Of the profile's directory, relative to the root. */
  readonly profilePath: string;
  /** From good to bad, along first parents; both included. */
  readonly commits: readonly { readonly id: string; readonly subject: string }[];
  /** Hands over the absolute path of the profile's directory as that commit has it. */
  withCommit<Result>(commit: string, work: (profile: string) => Promise<Result>): Promise<Result>;
}

/** @throws HarnessError (exit 2) BISECT_NO_REPOSITORY, BISECT_OTHER_REPOSITORY, BISECT_COMMIT_UNKNOWN, BISECT_ORDER */
export async function commitsToSearch(
  profile: Profile,
  { good, bad }: { readonly good: string; readonly bad: string },
): Promise<CommitSearch> {
  const { directory } = profile;
  const root = await git(directory, ['rev-parse', '--show-toplevel']).catch((cause: unknown) => {
    throw usageError('BISECT_NO_REPOSITORY', `profile ${profile.name} lies in no Git repository`, {
      where: directory,
      hint: '--commits goes over the commits of the repository that holds the profile.',
      cause,
    });
  });
  requireInside(profile, root);
  const [from, to] = [await commitNamed(root, good), await commitNamed(root, bad)];
  const isAncestor = await readGit(root, ['merge-base', '--is-ancestor', from, to], { acceptExitCodes: [0, 1] });
  if (from === to || isAncestor.exitCode !== 0)
    throw usageError('BISECT_ORDER', `${good} is no ancestor of ${bad}`, {
      hint: 'The good commit comes first: --commits GOOD..BAD. A shallow clone lacks what lies between (fetch-depth: 0).',
    });
  const log = (...range: readonly string[]) => git(root, ['log', '--format=%H %s', '--first-parent', ...range]);
  const [first, between] = await Promise.all([log('--max-count=1', from), log('--reverse', `${from}..${to}`)]);
  return {
    root,
    profilePath: path.relative(root, directory),
    commits: [first, ...between.split('\n')].map((line) => ({ id: line.slice(0, 40), subject: line.slice(41) })),
    withCommit: (commit, work) =>
      withClone(root, commit, ({ folder }) => work(path.join(folder, path.relative(root, directory)))),
  };
}

/** What a profile reads from elsewhere is the same on every commit of this repository. */
function requireInside({ name, source: { repository } }: Profile, root: string): void {
  if (repository === undefined) return;
  const { from } = repository;
  const place = 'url' in from ? from.url : from.directory;
  if (!('url' in from) && !path.relative(root, from.directory).startsWith('..')) return;
  throw usageError('BISECT_OTHER_REPOSITORY', `profile ${name} proves ${place}, which is another repository`, {
    where: root,
    hint: 'Put the profile into the repository whose commits are to be searched (canaryproof init writes one there).',
  });
}

async function commitNamed(root: string, name: string): Promise<string> {
  return git(root, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]).catch(
    (cause: unknown) => {
      throw usageError('BISECT_COMMIT_UNKNOWN', `Git knows no commit ${name} here`, {
        where: root,
        hint: 'A shallow clone lacks it: fetch it (fetch-depth: 0).',
        cause,
      });
    },
  );
}

async function git(directory: string, args: readonly string[]): Promise<string> {
  return (await readGit(directory, args)).stdout.trim();
}
