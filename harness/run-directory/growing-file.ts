/**
 * A file that only grows, block by block: a reader of what is there finds whole blocks, whatever was killed and
 * however full the disk is. Blocks are written synchronously, so memory stays bounded whatever the disk does.
 *
 * @throws HarnessError DISK_FULL or RUN_DIRECTORY_UNWRITABLE (exit 3); the failed block is cut off again.
 */
import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { environmentError, HarnessError } from '../errors/harness-error.ts';

export interface GrowingFile {
  readonly path: string;
  append(block: Uint8Array): void;
  /** Closes the file, also after a failed block, and returns what it holds. */
  close(): { readonly bytes: number; readonly sha256: string };
}

export function createGrowingFile(path: string): GrowingFile {
  const hash = createHash('sha256');
  let bytes = 0;
  let descriptor: number | undefined = guard(path, () => openSync(path, 'wx', 0o644));
  let sealed: string | undefined;
  return {
    path,
    append(block) {
      const file = descriptor;
      if (file === undefined) throw new RangeError(`${path} is closed`);
      guard(path, () => {
        try {
          for (let written = 0; written < block.byteLength; )
            written += writeSync(file, block, written, block.byteLength - written, bytes + written);
        } catch (error) {
          ftruncateSync(file, bytes);
          throw error;
        }
      });
      hash.update(block);
      bytes += block.byteLength;
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
      sealed ??= hash.digest('hex');
      return { bytes, sha256: sealed };
    },
  };
}

function guard<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw storageError(path, error);
  }
}

/** The same two codes for everything that writes into a run directory. */
export function storageError(path: string, error: unknown): HarnessError {
  // an atomic write has its own error, of the same origin
  const cause = error instanceof HarnessError ? (error.cause ?? error) : error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG')
    return environmentError('DISK_FULL', 'there is no space left for the run directory', {
      where: path,
      hint: 'Free some space, or put runs elsewhere with --run-dir DIR. What was written so far stays readable.',
      cause,
    });
  const reason = cause instanceof Error ? cause.message : String(cause);
  return environmentError('RUN_DIRECTORY_UNWRITABLE', `the run directory cannot be written: ${reason}`, {
    where: path,
    hint: 'Put runs where this user may write, with --run-dir DIR.',
    cause,
  });
}
