/**
 * A file of gzip'd JSON lines in blocks that each decode on their own: what a watcher saw, whole. Memory holds one
 * block at most.
 */
import { gzipSync } from 'node:zlib';
import { createGrowingFile } from './growing-file.ts';

const BLOCK_CHARACTERS = 256 * 1024;

export interface LinesFile {
  readonly path: string;
  write(value: unknown): void;
  close(): { readonly bytes: number; readonly sha256: string };
}

/** @throws HarnessError DISK_FULL, RUN_DIRECTORY_UNWRITABLE (exit 3) */
export function createLinesFile(path: string): LinesFile {
  const file = createGrowingFile(path);
  let text = '';
  let closed = false;
  const flush = (): void => {
    if (text === '') return;
    const block = gzipSync(text, { level: 1 });
    text = '';
    file.append(block);
  };
  return {
    path,
    write(value) {
      // a watcher may still tell of something after the evidence was sealed
      if (closed) return;
      text += `${JSON.stringify(value)}\n`;
      if (text.length >= BLOCK_CHARACTERS) flush();
    },
    close() {
      closed = true;
      try {
        flush();
      } finally {
        file.close();
      }
      return file.close();
    },
  };
}
