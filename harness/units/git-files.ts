/** The files that Git tracks or would track. */
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { readGit } from '../process/read-git.ts';
import { ProgramError } from '../process/run-program.ts';
import type { NamedFile } from './linked-files.ts';
import { SUBMODULE, type TreeNote } from './tree-note.ts';

/** Of a hundred thousand new files only these are looked at. */
const MAY_BE_READ = /\.(?:ya?ml|json|jsonnet|tpl)$|(?:^|\/)Kustomization$/;

interface Listed {
  readonly root: string;
  readonly originUrl: string | undefined;
  readonly names: readonly NamedFile[];
  readonly notes: TreeNote[];
}

/** Tracked files and new ones that are not ignored; outside of a repository, or without Git, what is to be said of that. */
export async function listByGit(folder: string): Promise<Listed | readonly TreeNote[]> {
  const git = (...args: string[]) => ask(folder, args);
  try {
    const root = (await git('rev-parse', '--show-toplevel')).stdout.replace(/\n$/, '');
    if (root === '') return [];
    const all = (...args: string[]) => ask(root, args);
    const tracked = split((await all('ls-files', '--stage', '-z')).stdout);
    const added = split((await all('ls-files', '--others', '--exclude-standard', '-z')).stdout);
    const origin = await all('config', '--get', 'remote.origin.url').catch(() => undefined);
    const notes: TreeNote[] = [];
    const names = new Map<string, NamedFile>();
    for (const entry of tracked) {
      const tab = entry.indexOf('\t');
      const [mode, name] = [entry.slice(0, 6), entry.slice(tab + 1)];
      if (mode === '160000')
        notes.push({
          code: SUBMODULE,
          path: name,
          sentence: 'is a submodule, another repository: what it holds is not judged here',
        });
      else names.set(name, { name, isLink: mode === '120000' });
    }
    // a nested repository is listed as a folder
    for (const name of added.filter((one) => !one.endsWith('/')))
      names.set(name, { name, isLink: MAY_BE_READ.test(name) && (await isLink(root, name)) });
    const originUrl = addressIn(origin?.stdout.trim() ?? '');
    return { root, originUrl, names: [...names.values()], notes };
  } catch (error) {
    if (error instanceof ProgramError) return brokenRepository(folder, error);
    throw error;
  }
}

/** Nothing where the folder does not claim to be one. */
async function brokenRepository(folder: string, error: ProgramError): Promise<readonly TreeNote[]> {
  const said = error.stderr.trim().split('\n').at(-1) ?? '';
  const isBare = /must be run in a work tree/.test(said);
  const isThere = await lstat(path.join(folder, '.git')).then(
    () => true,
    () => false,
  );
  // without Git on this machine nobody can tell
  if (error.reason === 'not-found' || !(isBare || isThere)) return [];
  if (isBare)
    return [
      {
        ...{ code: 'GIT_BARE', path: '.' },
        sentence: 'is a bare repository, which holds commits and no files',
        hint: 'Clone it, and name the clone.',
      },
    ];
  return [
    {
      ...{ code: 'GIT_NOT_READABLE', path: '.git' },
      sentence: `is there, and Git cannot read it: ${said}`,
      hint: 'Every file below the folder is judged, what Git ignores as well. Mend or clone the repository anew.',
    },
  ];
}

/** A clone of a folder of this machine: what others call the repository does not follow from the folder's name. */
function addressIn(origin: string): string | undefined {
  return /^(?!file:)([a-z][a-z\d+.-]*:\/\/|[^/]+:)/i.test(origin) ? origin : undefined;
}

/** A checkout of another user (a container in CI) is read as well. */
function ask(folder: string, args: readonly string[]) {
  return readGit(folder, args, { isAnybodys: true });
}

function split(text: string): readonly string[] {
  return text.split('\0').filter((entry) => entry !== '');
}

async function isLink(root: string, name: string): Promise<boolean> {
  return (await lstat(path.join(root, name)).catch(() => undefined))?.isSymbolicLink() ?? false;
}
