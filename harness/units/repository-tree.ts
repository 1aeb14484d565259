/**
 * The files of a repository as Git sees them, or as they lie in a folder that is no repository. Nothing is written, links
 * are not followed into folders, and what cannot be read is said once.
 */
import { constants } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { usageError } from '../errors/harness-error.ts';
import { listByGit } from './git-files.ts';
import { walk, withoutBrokenLinks } from './linked-files.ts';
import { folderOf } from './repository-path.ts';
import type { TreeNote } from './tree-note.ts';

export interface RepositoryTree {
  /** Absolute. */
  readonly root: string;
  readonly isGit: boolean;
  /** Whether what lies around the root is known to be no part of it; of a folder that is no repository nobody knows. */
  readonly isEdgeKnown: boolean;
  /** `remote.origin.url`; undefined when there is none. */
  readonly originUrl: string | undefined;
  /** Some Application of the repository names it by `originUrl`; see own-repository.ts. */
  readonly isNamedByApplications?: boolean;
  /** Its Applications read more than one repository; see own-repository.ts. */
  readonly areSeveralNamed?: boolean;
  /** Relative to the root, with forward slashes, sorted. Submodules and links that lead nowhere are left out. */
  readonly files: readonly string[];
  readonly notes: readonly TreeNote[];
  has(file: string): boolean;
  /** Whether some file lies in or below the folder. */
  hasFolder(folder: string): boolean;
  /** Text of a file without its byte order mark; undefined when it is not there, no text, too large, or one that `refused` tells of. */
  read(file: string): Promise<string | undefined>;
  /** What `read` had to refuse so far. */
  readonly refused: ReadonlyMap<string, TreeNote>;
}

/** Larger files are data, not manifests that people write. */
const LARGEST_BYTES = 8 * 1024 * 1024;
/** A file that speaks of folders below its own. Around any other one outside of Git lies who knows what: a home, /tmp. */
const BELOW = /^(kustomization|Chart)\.ya?ml$/i;
/** What the system's bytes of a name become where they are no text. */
const UNREADABLE_NAME = '\uFFFD';
const NOT_REGULAR = ['FILE_NOT_REGULAR', 'is a pipe, socket or device and is not judged'] as const;
const UNREAD: Readonly<Record<string, readonly [code: string, sentence: string]>> = {
  large: ['FILE_TOO_LARGE', `has more than ${LARGEST_BYTES / 1024 / 1024} MiB and is not judged`],
  special: NOT_REGULAR,
  // a socket cannot be opened
  ENXIO: NOT_REGULAR,
};
const LFS_POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\//;

/**
 * @param start a file or folder; the whole repository around it is read, and of a file outside of Git its own folder alone
 * @throws HarnessError PATH_MISSING (exit 2)
 */
export async function readRepositoryTree(start: string): Promise<RepositoryTree> {
  const found = await stat(start).catch((cause: unknown) => {
    throw usageError('PATH_MISSING', `there is no ${start}`, {
      where: start,
      hint: 'Name a file or folder of a repository.',
      cause,
    });
  });
  const folder = await realpath(found.isDirectory() ? start : path.dirname(start));
  const listed = await listByGit(folder);
  if (!('root' in listed)) {
    const tree = await readFolderTree(folder, undefined, found.isDirectory() || BELOW.test(path.basename(start)));
    return { ...tree, notes: [...listed, ...tree.notes] };
  }
  const files = await withoutBrokenLinks(listed.root, listed.names, listed.notes);
  return treeOf(listed.root, true, listed.originUrl, files, listed.notes);
}

/**
 * A folder as it lies, whatever repository it may be in.
 * @param isDeep folders below belong to it
 */
export async function readFolderTree(
  folder: string,
  originUrl: string | undefined,
  isDeep = true,
): Promise<RepositoryTree> {
  const root = await realpath(folder);
  const { names, notes } = await walk(root, isDeep);
  return treeOf(root, false, originUrl, await withoutBrokenLinks(root, names, notes), notes);
}

/** The whole of a commit, written down in a folder of ours: what leads out of it leads out of the repository. */
export async function readCommitTree(folder: string, originUrl: string | undefined): Promise<RepositoryTree> {
  return { ...(await readFolderTree(folder, originUrl)), isEdgeKnown: true };
}

function treeOf(
  root: string,
  isGit: boolean,
  originUrl: string | undefined,
  files: readonly string[],
  notes: readonly TreeNote[],
): RepositoryTree {
  const known = new Set(files);
  const folders = foldersOf(files);
  const refused = new Map<string, TreeNote>();
  const refuse = (file: string, code: string, sentence: string): undefined => {
    refused.set(file, { code, path: file, sentence });
  };
  return {
    root,
    isGit,
    isEdgeKnown: isGit,
    originUrl,
    files,
    notes,
    refused,
    has: (file) => known.has(file),
    hasFolder: (folder) => folders.has(folder),
    async read(file) {
      if (!known.has(file)) return undefined;
      const bytes = await readSmall(path.join(root, file));
      if (typeof bytes === 'string') {
        // what Git tracks and is not there was deleted in the working tree; but such a name cannot be asked for
        if (bytes === 'ENOENT' || bytes === 'ENOTDIR')
          return file.includes(UNREADABLE_NAME)
            ? refuse(file, 'FILE_NAME_NOT_TEXT', 'has a name that is not UTF-8 and is not judged')
            : undefined;
        return refuse(file, ...(UNREAD[bytes] ?? ['FILE_NOT_READABLE', `cannot be read (${bytes}) and is not judged`]));
      }
      const text = decoded(bytes);
      if (text === undefined) return refuse(file, 'FILE_NOT_TEXT', 'is not UTF-8 text and is not judged');
      if (LFS_POINTER.test(text))
        return refuse(
          file,
          'FILE_LFS_POINTER',
          'is a Git LFS pointer: what it stands for is not here and is not judged',
        );
      return text;
    },
  };
}

function foldersOf(files: readonly string[]): ReadonlySet<string> {
  const found = new Set(files.length > 0 ? [''] : []);
  for (const file of files)
    for (let folder = folderOf(file); folder !== '' && !found.has(folder); folder = folderOf(folder)) found.add(folder);
  return found;
}

/** Its bytes, or why there are none: the code of the system, or a word of ours. */
async function readSmall(file: string): Promise<Buffer | string> {
  // opening a pipe waits for whoever writes into it
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(codeOf);
  if (typeof handle === 'string') return handle;
  try {
    const found = await handle.stat();
    if (found.isDirectory()) return 'ENOENT';
    if (!found.isFile()) return 'special';
    return found.size > LARGEST_BYTES ? 'large' : await handle.readFile();
  } catch (error) {
    return codeOf(error);
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}

function decoded(bytes: Buffer): string | undefined {
  try {
    // drops a byte order mark
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}
