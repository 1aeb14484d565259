/**
 * Files in a folder that may be anybody's, such as the run directory of another: only regular ones are read. A link would
 * lead out of it, a pipe would never end to be waited for, a device never ends.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** No text of ours is longer. */
const LARGEST_BYTES = 512 * 1024 ** 2;

/** @throws Error of `open` (ENOENT where nothing is, ELOOP for a link); TypeError for what is no regular file */
export async function openRegularFile(file: string): Promise<FileHandle> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new TypeError(`${file} is no regular file`);
}

/** @param mostBytes @throws as openRegularFile; RangeError when it is larger */
export async function readRegularFile(file: string, mostBytes = LARGEST_BYTES): Promise<Buffer> {
  const handle = await openRegularFile(file);
  try {
    if ((await handle.stat()).size > mostBytes) throw new RangeError(`${file} has more than ${mostBytes} bytes`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
