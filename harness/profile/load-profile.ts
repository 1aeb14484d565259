/** Finds a profile by its name or its directory and loads it. The only place that knows where profiles are kept. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { nearestName } from '../documents/nearest-name.ts';
import { type HarnessError, usageError } from '../errors/harness-error.ts';
import type { Profile } from './profile.ts';
import { parseProfile } from './profile-kind.ts';

export interface ProfilePorts {
  /** Root of the installed package or checkout; named profiles are in `k8s/profiles` below it. */
  readonly packageRoot: string;
  /** What a relative directory is relative to. */
  readonly workingDirectory: string;
}

const PROFILE_FILE = 'profile.yaml';
/** In a repository: the folder that `init` writes. */
export const INIT_FOLDER = 'canaryproof';

/** Names of the profiles that come with the package, sorted. */
export async function listProfiles(ports: Pick<ProfilePorts, 'packageRoot'>): Promise<readonly string[]> {
  const root = profilesRoot(ports);
  const entries = await readdir(root, { withFileTypes: true });
  const directories = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const found = await Promise.all(directories.map((name) => isFile(path.join(root, name, PROFILE_FILE))));
  return directories.filter((_, index) => found[index]).sort();
}

/**
 * A bare word is the name of a profile of the package, or else a directory; anything with a slash or a leading dot is a
 * directory (or the profile.yaml in it), or one in whose folder `canaryproof` init wrote one.
 * @throws HarnessError (exit 2) PROFILE_UNKNOWN, PROFILE_NOT_FOUND, PROFILE_UNREADABLE; DocumentError as parseProfile.
 */
export async function loadProfile(nameOrDirectory: string, ports: ProfilePorts): Promise<Profile> {
  const directory = await findDirectory(nameOrDirectory, ports);
  const file = path.join(directory, PROFILE_FILE);
  const shown = path.relative(ports.workingDirectory, file);
  return parseProfile(await readProfile(file), shown.startsWith('..') ? file : shown, directory);
}

async function findDirectory(nameOrDirectory: string, ports: ProfilePorts): Promise<string> {
  const typed = nameOrDirectory.trim();
  const asDirectory = path.resolve(
    ports.workingDirectory,
    path.basename(typed) === PROFILE_FILE ? path.dirname(typed) : typed,
  );
  if (/[/\\]|^\.|^$/.test(typed) || path.basename(typed) === PROFILE_FILE) {
    if (typed !== '' && (await isFile(path.join(asDirectory, PROFILE_FILE)))) return asDirectory;
    // where init puts it, so that `conform .` is about the repository that one is in
    const beside = path.join(asDirectory, INIT_FOLDER);
    if (typed !== '' && (await isFile(path.join(beside, PROFILE_FILE)))) return beside;
    throw usageError(
      'PROFILE_NOT_FOUND',
      `there is no ${PROFILE_FILE} in ${typed === '' ? 'a directory without a name' : typed}`,
      {
        where: typed === '' ? nameOrDirectory : asDirectory,
        hint: `Known profiles: ${(await listProfiles(ports)).join(', ')}; or give a directory that holds a ${PROFILE_FILE}; canaryproof init writes one.`,
      },
    );
  }
  const known = await listProfiles(ports);
  if (known.includes(typed)) return path.join(profilesRoot(ports), typed);
  if (await isFile(path.join(asDirectory, PROFILE_FILE))) return asDirectory;
  throw unknownProfile(typed, known);
}

function unknownProfile(typed: string, known: readonly string[]): HarnessError {
  const near = nearestName(typed, known);
  return usageError('PROFILE_UNKNOWN', `there is no profile '${typed}'${near ? `; did you mean '${near}'?` : ''}`, {
    hint: `Known profiles: ${known.join(', ')}; or give a directory that holds a ${PROFILE_FILE}.`,
  });
}

async function readProfile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw usageError('PROFILE_UNREADABLE', `cannot read ${file}`, { where: file, cause });
  }
}

function profilesRoot({ packageRoot }: Pick<ProfilePorts, 'packageRoot'>): string {
  return path.join(packageRoot, 'k8s', 'profiles');
}

async function isFile(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
