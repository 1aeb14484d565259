/**
 * Logs of a node's programs do not fill the disk: one that grew too long keeps its end in a second file and begins anew.
 * The programs hold the file open for appending, so it is emptied in place; what they say in that very moment may be lost.
 */
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../harness/process/atomic-file.ts';

export interface LogBounds {
  /** Longer than this, and the log is shortened. */
  readonly largestBytes: number;
  /** So much of its end is kept, in `<log>.1`. */
  readonly keptBytes: number;
}

const BOUNDS: LogBounds = { largestBytes: 32 * 1024 ** 2, keptBytes: 8 * 1024 ** 2 };
const LOOK_EVERY_MS = 15_000;

/** Shortens every `*.log` of the folder that is too long. @returns their names */
export async function shortenLogs(
  directory: string,
  { largestBytes, keptBytes }: LogBounds = BOUNDS,
): Promise<string[]> {
  const shortened: string[] = [];
  for (const name of (await readdir(directory)).filter((each) => each.endsWith('.log'))) {
    const file = path.join(directory, name);
    const handle = await open(file, 'r+');
    try {
      const { size } = await handle.stat();
      if (size <= largestBytes) continue;
      const end = Buffer.alloc(keptBytes);
      const { bytesRead } = await handle.read(end, 0, keptBytes, size - keptBytes);
      await writeFileAtomic(`${file}.1`, end.subarray(0, bytesRead), 0o600);
      await handle.truncate(0);
      shortened.push(name);
    } finally {
      await handle.close();
    }
  }
  return shortened;
}

/** For as long as the process lives; what goes wrong is noted and tried again. */
export function keepLogsShort(directory: string, note: (text: string) => void): void {
  let busy = false;
  setInterval(async () => {
    if (busy) return;
    busy = true;
    await shortenLogs(directory)
      .then((names) => names.length > 0 && note(`shortened ${names.join(', ')}; their ends are in files .1`))
      .catch((error: unknown) => note(`logs were not shortened: ${error instanceof Error ? error.message : error}`));
    busy = false;
  }, LOOK_EVERY_MS).unref();
}
