/**
 * One builder at a time per cache. The lock is a directory that its holder touches every two seconds; one that was
 * not touched for ten belongs to a killed builder and is taken over.
 */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lock } from 'proper-lockfile';
import { EXIT, environmentError, HarnessError } from '../../harness/errors/harness-error.ts';
import { writeFileAtomic } from '../../harness/process/atomic-file.ts';

export interface LockOptions {
  readonly signal: AbortSignal;
  /** Called once when someone else holds the lock, with their process id if known. */
  readonly onWait: (holder: string) => void;
  /** Called if the lock was lost while held (clock jump, removed by hand). */
  readonly onLost: (error: Error) => void;
  readonly staleAfterMs?: number;
  readonly retryEveryMs?: number;
}

/**
 * Waits for the lock and runs `work` under it.
 * @throws HarnessError INTERRUPTED when the signal fires while waiting; CACHE_NOT_WRITABLE.
 */
export async function withCacheLock<T>(lockFile: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const release = await acquire(lockFile, options);
  try {
    await writeFileAtomic(lockFile, `${process.pid}\n`);
    return await work();
  } finally {
    await release().catch(() => undefined); // already lost: onLost has said so
  }
}

async function acquire(lockFile: string, options: LockOptions): Promise<() => Promise<void>> {
  await mkdir(path.dirname(lockFile), { recursive: true }).catch((cause: unknown) => {
    throw notWritable(path.dirname(lockFile), cause);
  });
  let waiting = false;
  for (;;) {
    try {
      return await lock(lockFile, {
        realpath: false,
        stale: options.staleAfterMs ?? 10_000,
        update: Math.min(2_000, (options.staleAfterMs ?? 10_000) / 2),
        onCompromised: options.onLost,
      });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ELOCKED')) throw notWritable(lockFile, error);
      if (!waiting) options.onWait(await holderOf(lockFile));
      waiting = true;
      await delay(options.retryEveryMs ?? 500, undefined, { signal: options.signal }).catch((cause: unknown) => {
        throw new HarnessError('INTERRUPTED', EXIT.interrupted, 'interrupted while waiting for another builder', {
          cause,
        });
      });
    }
  }
}

async function holderOf(lockFile: string): Promise<string> {
  const text = await readFile(lockFile, 'utf8').catch(() => '');
  return /^\d+$/.test(text.trim()) ? `process ${text.trim()}` : 'another process';
}

function notWritable(where: string, cause: unknown): HarnessError {
  return environmentError('CACHE_NOT_WRITABLE', `the cache cannot be written: ${String(cause)}`, {
    where,
    hint: 'Make it writable, or set CANARYPROOF_CACHE to a directory that is.',
    cause,
  });
}
