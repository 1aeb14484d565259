import { mkdir, mkdtemp, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withCacheLock } from './cache-lock.ts';

let directory: string;
let lockFile: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'canaryproof-lock-'));
  lockFile = path.join(directory, 'cache', 'lock');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function options(waits: string[] = [], signal = new AbortController().signal) {
  const fail = (error: Error) => {
    throw error;
  };
  return { signal, onWait: (holder: string) => waits.push(holder), onLost: fail, retryEveryMs: 10 };
}

describe('withCacheLock', () => {
  it('lets the second wait, say for whom once, and go on after the first', async () => {
    const order: string[] = [];
    const waits: string[] = [];
    const entered = Promise.withResolvers<void>();
    const leave = Promise.withResolvers<void>();
    const first = withCacheLock(lockFile, options(), async () => {
      order.push('first in');
      entered.resolve();
      await leave.promise;
      order.push('first out');
    });
    await entered.promise;
    const second = withCacheLock(
      lockFile,
      {
        ...options(),
        onWait: (holder) => {
          waits.push(holder);
          leave.resolve();
        },
      },
      async () => order.push('second in'),
    );
    await Promise.all([first, second]);
    expect(order).toEqual(['first in', 'first out', 'second in']);
    expect(waits).toEqual([`process ${process.pid}`]);
  });

  it('takes over the lock of a killed builder', async () => {
    await mkdir(`${lockFile}.lock`, { recursive: true });
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(`${lockFile}.lock`, longAgo, longAgo);
    const waits: string[] = [];
    expect(await withCacheLock(lockFile, options(waits), async () => 'mine')).toBe('mine');
    expect(waits).toEqual([]);
  });

  it('stops waiting when interrupted, and leaves the holder alone', async () => {
    await mkdir(`${lockFile}.lock`, { recursive: true });
    const interrupt = new AbortController();
    const onWait = () => interrupt.abort();
    const waiting = withCacheLock(lockFile, { ...options([], interrupt.signal), onWait }, async () => 'never');
    await expect(waiting).rejects.toMatchObject({ code: 'INTERRUPTED', exitCode: 130 });
    expect((await stat(`${lockFile}.lock`)).isDirectory()).toBe(true);
  });

  it('is free again after a failure', async () => {
    const failing = withCacheLock(lockFile, options(), () => Promise.reject(new RangeError('broken')));
    await expect(failing).rejects.toThrow('broken');
    expect(await withCacheLock(lockFile, options(), async () => 'free')).toBe('free');
  });

  it('says so when the cache cannot be made', async () => {
    const under = path.join('/dev/null', 'cache', 'lock');
    await expect(withCacheLock(under, options(), async () => 0)).rejects.toMatchObject({ code: 'CACHE_NOT_WRITABLE' });
  });
});
