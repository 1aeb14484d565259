/** What the profile's Git repository holds when a run begins: the files of its folder and those that components bring. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError, usageError } from '../errors/harness-error.ts';
import type { ComponentFile, Profile } from './profile.ts';

/** One file of the repository; `path` is relative to its root, with forward slashes. */
export interface RepositoryFile {
  readonly path: string;
  readonly text: string;
}

/** Text of a file that a pinned component brings; rejects when there is none. */
export type ReadComponentFile = (component: string, path: string) => Promise<string>;

/**
 * Sorted by path. Symbolic links are refused: a repository must not hold what lies outside the profile. So is `.git`.
 * @throws HarnessError (exit 2) PROFILE_SOURCE_MISSING, PROFILE_SOURCE_LINK, PROFILE_SOURCE_GIT, PROFILE_SOURCE_BINARY,
 *   PROFILE_DUPLICATE_FILE,
 *   PROFILE_COMPONENT_FILE, PROFILE_APPLICATION_MISSING.
 */
export async function collectRepository(
  profile: Profile,
  readComponentFile: ReadComponentFile,
): Promise<readonly RepositoryFile[]> {
  const own = profile.source.directory === undefined ? [] : await readFolder(profile, profile.source.directory);
  const brought = await Promise.all(profile.source.files.map((file) => readBrought(profile, file, readComponentFile)));
  const taken = new Set(own.map((file) => file.path));
  const twice = brought.find((file) => taken.has(file.path));
  if (twice)
    throw usageError(
      'PROFILE_DUPLICATE_FILE',
      `${twice.path} is both in the folder of the profile and among its files`,
      {
        where: profile.file,
      },
    );
  const files = [...own, ...brought].sort((a, b) => (a.path < b.path ? -1 : 1));
  if (!files.some((file) => file.path === profile.source.application))
    throw usageError('PROFILE_APPLICATION_MISSING', `the repository holds no ${profile.source.application}`, {
      where: profile.file,
      hint: `source.application names a file of the repository; it holds ${files.map((file) => file.path).join(', ') || 'nothing'}.`,
    });
  return files;
}

async function readFolder(profile: Profile, root: string): Promise<RepositoryFile[]> {
  let entries: Awaited<ReturnType<typeof listFolder>>;
  try {
    entries = await listFolder(root);
  } catch (cause) {
    throw usageError('PROFILE_SOURCE_MISSING', `cannot read the folder ${root}`, {
      where: profile.file,
      hint: 'source.directory is relative to the profile.',
      cause,
    });
  }
  const link = entries.find((entry) => entry.isSymbolicLink());
  if (link)
    throw usageError('PROFILE_SOURCE_LINK', `${path.join(link.parentPath, link.name)} is a symbolic link`, {
      where: profile.file,
      hint: 'Put the file itself into the repository.',
    });
  const own = entries.find((entry) => isGitsOwn(entry.name));
  if (own)
    throw usageError(
      'PROFILE_SOURCE_GIT',
      `${path.join(own.parentPath, own.name)} belongs to a Git repository of its own`,
      {
        where: profile.file,
        hint: 'Its settings and hooks must not run here. Name the folder of the manifests, or copy them out of the repository.',
      },
    );
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const file = path.join(entry.parentPath, entry.name);
        return { path: path.relative(root, file).split(path.sep).join('/'), text: await readText(profile, file) };
      }),
  );
}

/** `.git` in the spellings that file systems take for it. */
function isGitsOwn(name: string): boolean {
  return /^(\.git|git~\d)$/i.test(name);
}

/** What is not text would be committed as something else than it is. */
async function readText(profile: Profile, file: string): Promise<string> {
  const bytes = await readFile(file);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw usageError('PROFILE_SOURCE_BINARY', `${file} is no UTF-8 text`, {
      where: profile.file,
      hint: 'Keep pictures, archives and the like out of source.directory: only manifests are committed.',
      cause,
    });
  }
}

function listFolder(root: string) {
  return readdir(root, { recursive: true, withFileTypes: true });
}

async function readBrought(
  profile: Profile,
  file: ComponentFile,
  readComponentFile: ReadComponentFile,
): Promise<RepositoryFile> {
  try {
    return { path: file.as, text: await readComponentFile(file.component, file.path) };
  } catch (cause) {
    if (cause instanceof HarnessError) throw cause;
    throw usageError('PROFILE_COMPONENT_FILE', `component ${file.component} brings no file ${file.path}`, {
      where: profile.file,
      cause,
    });
  }
}
