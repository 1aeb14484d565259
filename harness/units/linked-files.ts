/** The files of a folder as they lie, and which of them are links. */
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { TreeNote } from './tree-note.ts';

export interface NamedFile {
  readonly name: string;
  readonly isLink: boolean;
}

const NEVER_ENTERED = new Set(['.git', 'node_modules']);

/** @param isDeep folders below are entered, too */
export async function walk(root: string, isDeep = true): Promise<{ names: NamedFile[]; notes: TreeNote[] }> {
  const names: NamedFile[] = [];
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
        if (isDeep && !NEVER_ENTERED.has(entry.name)) folders.push(name);
      } else if (entry.isFile() || entry.isSymbolicLink()) names.push({ name, isLink: entry.isSymbolicLink() });
      else
        notes.push({
          code: 'FILE_NOT_REGULAR',
          path: name,
          sentence: 'is a pipe, socket or device and is not judged',
        });
    }
  }
  return { names, notes };
}

/** Whether a real path belongs to no repository's content: another place, or Git's own folder, whose settings may hold a token. */
export function isOutside(root: string, real: string): boolean {
  const parts = path.relative(root, real).split(path.sep);
  return parts[0] === '..' || parts.includes('.git');
}

/**
 * A link below a folder that leads out of the repository, relative to the root; through links to other folders, too, as
 * programs follow them. Undefined where there is none.
 */
export async function linkOutOf(root: string, folder: string): Promise<string | undefined> {
  const entered = new Set<string>();
  const open = [path.join(root, folder)];
  for (let here = open.pop(); here !== undefined; here = open.pop()) {
    const real = await realpath(here).catch(() => undefined);
    if (real === undefined || entered.has(real)) continue;
    if (isOutside(root, real)) return path.relative(root, here);
    entered.add(real);
    for (const entry of await readdir(real, { withFileTypes: true }).catch(() => []))
      if (entry.isSymbolicLink() || (entry.isDirectory() && entry.name !== '.git'))
        open.push(path.join(here, entry.name));
  }
  return undefined;
}

/** Whether a program that opens it would wait for ever, or get no end of it: no file, no folder, but there. */
export async function isSpecial(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

/** A link to a file is that file; a link to a folder is not entered, which also ends every loop. */
export async function withoutBrokenLinks(
  root: string,
  names: readonly NamedFile[],
  notes: TreeNote[],
): Promise<string[]> {
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
      if (!isOutside(root, real)) files.push(name);
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
