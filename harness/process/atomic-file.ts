/**
 * Files appear whole or not at all: write beside the target under a temporary name, then rename. A target that is no
 * regular file (/dev/null, /dev/stdout, a pipe) is written to and never replaced.
 */
import { randomUUID } from 'node:crypto';
import { lstat, mkdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

export async function writeFileAtomic(file: string, data: string | Uint8Array, mode = 0o644): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const target = await lstat(await realpath(file).catch(() => file)).catch(() => undefined);
  if (target && !target.isFile()) return writeFile(file, data);
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, data, { mode });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
