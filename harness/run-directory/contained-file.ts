/**
 * Files that a run directory names itself. The directory may be anybody's, so a name leads nowhere but to a regular file
 * inside of it: nothing absolute, no `..`, no link on the way, no pipe or device, and no more bytes than were recorded.
 */
import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises';
import path from 'node:path';

/** A run directory holds no result larger than this; a device or a pipe would be read for ever. */
const LARGEST_TEXT_BYTES = 512 * 1024 ** 2;

export class NotContained extends Error {
  override readonly name = 'NotContained';
}

/** Whether a name may stand for a file below a directory at all. */
export function isPlainRelative(name: string): boolean {
  return (
    name !== '' &&
    !name.includes('\0') &&
    !path.isAbsolute(name) &&
    name.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

/**
 * The folder that a file of this name lies in, when every folder on the way is one and no link.
 * @throws NotContained
 */
export async function requireContainedPath(directory: string, name: string): Promise<string> {
  if (!isPlainRelative(name)) throw new NotContained(`${name} is no path inside the run directory`);
  const parts = name.split('/');
  let at = await realpath(directory);
  for (const part of parts.slice(0, -1)) {
    at = path.join(at, part);
    const found = await lstatOrNothing(at);
    // a writer will make what is missing
    if (found === undefined) break;
    if (!found.isDirectory()) throw new NotContained(`${name} leads through something that is no folder`);
  }
  return path.join(await realpath(directory), name);
}

/**
 * Opens a regular file for reading; undefined when it is not there.
 * @throws NotContained when the name leads out, through a link, or to something else than a file
 */
async function openContained(directory: string, name: string): Promise<FileHandle | undefined> {
  const file = await requireContainedPath(directory, name);
  const before = await lstatOrNothing(file);
  if (before === undefined) return undefined;
  if (!before.isFile()) throw new NotContained(`${name} is no regular file`);
  // a pipe put there since would block an open without O_NONBLOCK
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(file, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error.code === 'ELOOP' ? new NotContained(`${name} is no regular file`) : error;
  });
  if (handle === undefined) return undefined;
  // a folder on the way may have been exchanged for a link since it was looked at: what was opened is what counts
  const opened = await realpath(`/proc/self/fd/${handle.fd}`).catch(() => realpath(file));
  if ((await handle.stat()).isFile() && opened === file) return handle;
  await handle.close();
  throw new NotContained(`${name} is no regular file of the run directory`);
}

/** @throws NotContained; RangeError when it is larger than any result */
export async function readContainedText(directory: string, name: string): Promise<string | undefined> {
  const handle = await openContained(directory, name);
  if (handle === undefined) return undefined;
  try {
    if ((await handle.stat()).size > LARGEST_TEXT_BYTES) throw new RangeError(`${name} is too large to be read`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/**
 * SHA-256 of a file that has the recorded size; reads no byte more.
 * @returns undefined when it is not there, `'other size'` when it has another
 * @throws NotContained
 */
export async function hashContained(
  directory: string,
  { path: name, bytes }: { readonly path: string; readonly bytes: number },
): Promise<string | undefined> {
  const handle = await openContained(directory, name);
  if (handle === undefined) return undefined;
  try {
    if ((await handle.stat()).size !== bytes) return 'other size';
    const hash = createHash('sha256');
    if (bytes > 0)
      for await (const piece of handle.createReadStream({ autoClose: false, start: 0, end: bytes - 1 }))
        hash.update(piece as Uint8Array);
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}

async function lstatOrNothing(file: string): Promise<Stats | undefined> {
  return lstat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}
