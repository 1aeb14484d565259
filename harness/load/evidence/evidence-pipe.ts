/**
 * A named pipe that k6 writes evidence to and the harness empties on a timer.
 *
 * Polled, not awaited: with a reader asleep in epoll each line of k6 wakes the harness (k6 writes line by line), which
 * cost five to seven times as much harness CPU per request as a read every 20 ms. A full pipe (64 KiB, over 1,000 lines)
 * makes k6 wait in console.log after the measured request, so a slow harness shows as dropped iterations, never as
 * wrong latencies.
 */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { environmentError } from '../../errors/harness-error.ts';
import { runProgram } from '../../process/run-program.ts';

const POLL_MS = 20;
const BUFFER_BYTES = 65_536;
/** Reads in one turn, so that a flood leaves the event loop room for signals. */
const MAX_READS = 32;

export interface EvidencePipe {
  /** Calls back for every piece that arrived; the bytes are only valid during the call. */
  start(onBytes: (bytes: Buffer) => void): void;
  /** Reads what is left after the writer has gone. */
  drain(): void;
  close(): void;
}

/** @throws HarnessError EVIDENCE_PIPE when the path cannot hold a named pipe. */
export async function openEvidencePipe(file: string): Promise<EvidencePipe> {
  try {
    await runProgram(['mkfifo', '-m', '600', file]);
    // Opened before the writer, and without blocking, so that the writer's own open returns at once.
    return pipeOn(openSync(file, constants.O_RDONLY | constants.O_NONBLOCK));
  } catch (error) {
    throw environmentError('EVIDENCE_PIPE', `cannot make a named pipe at ${file}`, {
      hint: 'Point TMPDIR at a local file system that allows named pipes.',
      cause: error,
    });
  }
}

function pipeOn(descriptor: number): EvidencePipe {
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  let timer: NodeJS.Timeout | undefined;
  let deliver: (bytes: Buffer) => void = () => undefined;
  const readSome = (): boolean => {
    const length = readAvailable(descriptor, buffer);
    if (length > 0) deliver(buffer.subarray(0, length));
    return length > 0;
  };
  const stop = (): void => clearInterval(timer);
  return {
    start(onBytes) {
      deliver = onBytes;
      timer = setInterval(() => {
        for (let reads = 0; reads < MAX_READS && readSome(); reads += 1);
      }, POLL_MS);
    },
    drain() {
      while (readSome());
    },
    close() {
      stop();
      closeSync(descriptor);
    },
  };
}

/** Bytes read; 0 when the pipe is empty, with or without a writer. */
function readAvailable(descriptor: number, buffer: Buffer): number {
  try {
    return readSync(descriptor, buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}
