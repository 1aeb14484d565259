/**
 * Files appear whole or not at all: write beside the target under a temporary name, flush to the disk, then rename.
 * What is written to and never replaced: a device or a pipe (/dev/null, /dev/stdout). Any other link is replaced itself,
 * and what it points to is never written to.
 */
import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
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
  await makeAll(folder).catch((error: unknown) => {
    throw notWritten(folder, error);
  });
}

/** One after the other: Node's own way never ends where a folder is there and the system makes none in it (/proc). */
async function makeAll(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  const parent = path.dirname(folder);
  if (parent !== folder) await makeAll(parent);
  await mkdir(folder).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    // somebody else was faster, or it is a link, whose end says what is wrong
    if (!(await stat(folder)).isDirectory()) throw error;
  });
}

async function isFolder(folder: string): Promise<boolean> {
  return (await stat(folder).catch(() => undefined))?.isDirectory() ?? false;
}

/**
 * All of them or none, as far as the disk, permissions and the path decide it: the last step alone, which needs no room, is
 * done one after the other. Not for devices and pipes.
 * @throws HarnessError FILE_NOT_WRITTEN, as writeFileAtomic
 */
export async function writeFilesTogether(
  files: readonly { readonly file: string; readonly data: string }[],
): Promise<void> {
  const written: { readonly file: string; readonly temporary: string }[] = [];
  try {
    for (const { file, data } of files) {
      const temporary = temporaryFor(file);
      written.push({ file, temporary });
      await makeAll(path.dirname(file))
        .then(() => writeNew(temporary, data, 0o644))
        .catch((error: unknown) => {
          throw notWritten(file, error);
        });
    }
    for (const { file, temporary } of written)
      await rename(temporary, file).catch((error: unknown) => {
        throw notWritten(file, error);
      });
  } catch (error) {
    for (const { temporary } of written) await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

function notWritten(where: string, error: unknown): unknown {
  const why = REFUSALS[(error as NodeJS.ErrnoException).code ?? ''];
  if (why === undefined) return error;
  return environmentError('FILE_NOT_WRITTEN', `a file could not be written: ${why}`, {
    where,
    hint: 'Make room or allow it, or name another place (--to, --run-dir, CANARYPROOF_CACHE, XDG_STATE_HOME).',
    cause: error,
  });
}

async function write(file: string, data: string | Uint8Array, mode: number): Promise<void> {
  await makeAll(path.dirname(file));
  if (await isStream(file)) return writeFile(file, data);
  const temporary = temporaryFor(file);
  try {
    await writeNew(temporary, data, mode);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

const temporaryFor = (file: string): string => `${file}.${randomUUID()}.tmp`;

async function writeNew(file: string, data: string | Uint8Array, mode: number): Promise<void> {
  // 'wx': never through something that is already there
  const handle = await open(file, 'wx', mode);
  try {
    await handle.writeFile(data);
    await handle.sync();
  } finally {
    await handle.close();
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
