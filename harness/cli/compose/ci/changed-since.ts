/** Whether a change reaches what a profile proves: a run takes minutes, and most changes of a repository do not. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError, usageError } from '../../../errors/harness-error.ts';
import type { Progress } from '../../../ports/progress.ts';
import { withCommit } from '../../../premerge/commit-folder.ts';
import { packageRoot } from '../../../process/package-root.ts';
import { readGit } from '../../../process/read-git.ts';
import { loadProfile } from '../../../profile/load-profile.ts';
import type { Profile } from '../../../profile/profile.ts';
import type { ConformRequest } from '../../cluster-requests.ts';
import type { World } from '../../world.ts';
import { declaredDigest } from '../conform.ts';

/**
 * The profile's own text and the files that Git would hold, rendered, compared with those where the branches parted.
 * What cannot be read or rendered there counts as changed.
 *
 * @throws HarnessError (exit 2) CHANGED_SINCE_NO_REPOSITORY, CHANGED_SINCE_UNKNOWN, CHANGED_SINCE_OWNER, and what loading
 *   and rendering the profile as it is throws
 */
export async function isUnchangedSince(
  world: World,
  request: ConformRequest,
  reference: string,
  progress: Progress,
): Promise<boolean> {
  const profile = await loaded(world, request.profile);
  const root = await rootOf(profile);
  const now = await fingerprint(world, profile, request, progress);
  return withCommit(root, reference, async ({ directory }) => {
    try {
      const before = await loaded(world, path.join(directory, path.relative(root, profile.directory)));
      return (await fingerprint(world, before, request, progress)) === now;
    } catch (error) {
      if (error instanceof HarnessError && !world.interruption.signal.aborted) return false;
      throw error;
    }
  });
}

function loaded({ cwd }: World, profile: string): Promise<Profile> {
  return loadProfile(profile, { packageRoot: packageRoot(), workingDirectory: cwd });
}

async function fingerprint(world: World, profile: Profile, request: ConformRequest, progress: Progress) {
  const text = await readFile(path.join(profile.directory, 'profile.yaml'), 'utf8');
  return `${await declaredDigest(world, profile, request, progress)}\n${text}`;
}

async function rootOf({ name, directory }: Profile): Promise<string> {
  const found = await readGit(directory, ['rev-parse', '--show-toplevel']).catch((cause: unknown) => {
    throw usageError('CHANGED_SINCE_NO_REPOSITORY', `profile ${name} lies in no Git repository`, {
      where: directory,
      hint: 'Leave --changed-since out: there is nothing to compare with.',
      cause,
    });
  });
  return found.stdout.trim();
}
