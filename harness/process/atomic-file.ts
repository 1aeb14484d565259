/**
 * Files appear whole or not at all: write beside the target under a temporary name, flush to the disk, then rename.
 * What is written to and never replaced: a device or a pipe (/dev/null, /dev/stdout). Any other link is replaced itself,
 * and what it points to is never written to.
 */
import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { environmentError } from '../errors/harness-error.ts';

/** What the user or the machine forbids; anything else that goes wrong with a file is a bug. */
const REFUSALS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'part of the path is a file',
  EEXIST: 'part of the path is a file',
  EISDIR: 'there is a folder of that name',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  ENOENT: 'part of the path is not there',
};

/** @throws HarnessError FILE_NOT_WRITTEN when permissions, the disk or the path forbid it */
export async function writeFileAtomic(file: string, data: string | Uint8Array, mode = 0o644): Promise<void> {
  await write(file, data, mode).catch((error: unknown) => {
    throw notWritten(file, error);
  });
}

/** With those that it lies in. @throws HarnessError FILE_NOT_WRITTEN, as writeFileAtomic */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw notWritten(folder, error);
  });
}

function notWritten(where: string, error: unknown): unknown {
  const why = REFUSALS[(error as NodeJS.ErrnoException).code ?? ''];
  if (why === undefined) return error;
  return environmentError('FILE_NOT_WRITTEN', `a file could not be written: ${why}`, {
    where,
    hint: 'Make room or allow it, or name another place (--run-dir, CANARYPROOF_CACHE, XDG_STATE_HOME).',
    cause: error,
  });
}

async function write(file: string, data: string | Uint8Array, mode: number): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  if (await isStream(file)) return writeFile(file, data);
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    // 'wx': never through something that is already there
    const handle = await open(temporary, 'wx', mode);
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The system's own links to what a process has open. Not any link in /dev: everybody may put one into /dev/shm. */
const OPEN_FILE = /^(\/dev\/(stdin|stdout|stderr|fd\/\d+)|\/proc\/(self|thread-self|\d+)(\/task\/\d+)?\/fd\/\d+)$/;

/** Whether writing goes to what is there: a device or a pipe, also by the links that the system itself keeps of them. */
async function isStream(file: string): Promise<boolean> {
  const found = await lstat(file).catch(() => undefined);
  if (found === undefined) return false;
  if (found.isSymbolicLink()) return OPEN_FILE.test(path.resolve(file));
  return !found.isFile() && !found.isDirectory();
}
