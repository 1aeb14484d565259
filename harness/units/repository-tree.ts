/**
 * The files of a repository as Git sees them, or as they lie in a folder that is no repository. Nothing is written, links
 * are not followed into folders, and what cannot be read is said once.
 */
import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { usageError } from '../errors/harness-error.ts';
import { ProgramError, runProgram } from '../process/run-program.ts';
import { folderOf } from './repository-path.ts';

/** Something of the tree that is not judged, in one sentence. */
export interface TreeNote {
  readonly code: string;
  readonly path: string;
  readonly sentence: string;
  readonly hint?: string;
}

export interface RepositoryTree {
  /** Absolute. */
  readonly root: string;
  readonly isGit: boolean;
  /** `remote.origin.url`; undefined when there is none. */
  readonly originUrl: string | undefined;
  /** Relative to the root, with forward slashes, sorted. Submodules and links that lead nowhere are left out. */
  readonly files: readonly string[];
  readonly notes: readonly TreeNote[];
  has(file: string): boolean;
  /** Whether some file lies in or below the folder. */
  hasFolder(folder: string): boolean;
  /** Text of a file without its byte order mark; undefined when it is not there, binary, too large or an LFS pointer. */
  read(file: string): Promise<string | undefined>;
  /** What `read` had to refuse so far. */
  readonly refused: ReadonlyMap<string, TreeNote>;
}

/** Larger files are data, not manifests that people write. */
const LARGEST_BYTES = 8 * 1024 * 1024;
const LFS_POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\//;
/** Of a hundred thousand new files only these are looked at. */
const MAY_BE_READ = /\.(?:ya?ml|json|jsonnet|tpl)$|(?:^|\/)Kustomization$/;
const NEVER_ENTERED = new Set(['.git', 'node_modules']);

/**
 * @param start a file or folder; the whole repository around it is read
 * @throws HarnessError PATH_MISSING (exit 2)
 */
export async function readRepositoryTree(start: string): Promise<RepositoryTree> {
  const found = await stat(start).catch((cause: unknown) => {
    throw usageError('PATH_MISSING', `there is no ${start}`, { where: start, cause });
  });
  const folder = await realpath(found.isDirectory() ? start : path.dirname(start));
  const listed = await listByGit(folder);
  if (!listed) return readFolderTree(folder, undefined);
  const files = await withoutBrokenLinks(listed.root, listed.names, listed.notes);
  return treeOf(listed.root, true, listed.originUrl, files, listed.notes);
}

/** A folder as it lies, whatever repository it may be in. */
export async function readFolderTree(folder: string, originUrl: string | undefined): Promise<RepositoryTree> {
  const root = await realpath(folder);
  const { names, notes } = await walk(root);
  return treeOf(root, false, originUrl, await withoutBrokenLinks(root, names, notes), notes);
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
    originUrl,
    files,
    notes,
    refused,
    has: (file) => known.has(file),
    hasFolder: (folder) => folders.has(folder),
    async read(file) {
      if (!known.has(file)) return undefined;
      const bytes = await readSmall(path.join(root, file));
      if (bytes === 'large')
        return refuse(file, 'FILE_TOO_LARGE', `has more than ${LARGEST_BYTES / 1024 / 1024} MiB and is not judged`);
      if (bytes === undefined) return undefined;
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

async function readSmall(file: string): Promise<Buffer | 'large' | undefined> {
  try {
    const { size } = await stat(file);
    return size > LARGEST_BYTES ? 'large' : await readFile(file);
  } catch {
    // deleted in the working tree, or not readable: not there
    return undefined;
  }
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

interface Listed {
  readonly root: string;
  readonly originUrl: string | undefined;
  readonly names: readonly Named[];
  readonly notes: TreeNote[];
}

interface Named {
  readonly name: string;
  readonly isLink: boolean;
}

/** Tracked files and new ones that are not ignored; undefined outside of a repository, or without Git. */
async function listByGit(folder: string): Promise<Listed | undefined> {
  const git = (...args: string[]) => runProgram(['git', '-C', folder, ...args], { env: { GIT_OPTIONAL_LOCKS: '0' } });
  try {
    const root = (await git('rev-parse', '--show-toplevel')).stdout.replace(/\n$/, '');
    if (root === '') return undefined;
    const all = (...args: string[]) => runProgram(['git', '-C', root, ...args], { env: { GIT_OPTIONAL_LOCKS: '0' } });
    const tracked = split((await all('ls-files', '--stage', '-z')).stdout);
    const added = split((await all('ls-files', '--others', '--exclude-standard', '-z')).stdout);
    const origin = await all('config', '--get', 'remote.origin.url').catch(() => undefined);
    const notes: TreeNote[] = [];
    const names = new Map<string, Named>();
    for (const entry of tracked) {
      const tab = entry.indexOf('\t');
      const [mode, name] = [entry.slice(0, 6), entry.slice(tab + 1)];
      if (mode === '160000')
        notes.push({
          code: 'SUBMODULE_NOT_JUDGED',
          path: name,
          sentence: 'is a submodule, another repository: what it holds is not judged here',
        });
      else names.set(name, { name, isLink: mode === '120000' });
    }
    // a nested repository is listed as a folder
    for (const name of added.filter((one) => !one.endsWith('/')))
      names.set(name, { name, isLink: MAY_BE_READ.test(name) && (await isLink(root, name)) });
    return { root, originUrl: origin?.stdout.trim() || undefined, names: [...names.values()], notes };
  } catch (error) {
    if (error instanceof ProgramError) return undefined;
    throw error;
  }
}

function split(text: string): readonly string[] {
  return text.split('\0').filter((entry) => entry !== '');
}

async function isLink(root: string, name: string): Promise<boolean> {
  return (await lstat(path.join(root, name)).catch(() => undefined))?.isSymbolicLink() ?? false;
}

async function walk(root: string): Promise<{ names: Named[]; notes: TreeNote[] }> {
  const names: Named[] = [];
  const notes: TreeNote[] = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const here = folder;
    const entries = await readdir(path.join(root, here), { withFileTypes: true }).catch(() => {
      notes.push({ code: 'FOLDER_NOT_READABLE', path: here, sentence: 'cannot be read and is not judged' });
      return [];
    });
    for (const entry of entries) {
      const name = here === '' ? entry.name : `${here}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!NEVER_ENTERED.has(entry.name)) folders.push(name);
      } else if (entry.isFile() || entry.isSymbolicLink()) names.push({ name, isLink: entry.isSymbolicLink() });
    }
  }
  return { names, notes };
}

/** A link to a file is that file; a link to a folder is not entered, which also ends every loop. */
async function withoutBrokenLinks(root: string, names: readonly Named[], notes: TreeNote[]): Promise<string[]> {
  const files: string[] = [];
  for (const { name, isLink: link } of names) {
    if (!link) {
      files.push(name);
      continue;
    }
    const target = await stat(path.join(root, name)).catch((error: NodeJS.ErrnoException) => error.code ?? 'unknown');
    if (typeof target === 'string')
      notes.push({
        code: 'LINK_BROKEN',
        path: name,
        sentence: `is a symbolic link ${target === 'ELOOP' ? 'in a loop' : 'that leads nowhere'} and is not judged`,
      });
    else if (target.isFile()) {
      const real = await realpath(path.join(root, name));
      if (real.startsWith(`${root}${path.sep}`)) files.push(name);
      else
        notes.push({
          code: 'LINK_OUTSIDE',
          path: name,
          sentence: 'is a symbolic link out of the repository and is not judged',
        });
    }
  }
  return files.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
