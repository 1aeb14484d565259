/**
 * A lock of the kernel's (flock(2)) on a file: it lives as long as the open file of this process and ends with it,
 * however it ends. No timer, no clock, nothing that a stopped process or a clock that jumps could lose.
 *
 * Node cannot call flock(2). The file is opened here, handed to flock(1) as an open descriptor and locked there; the
 * lock belongs to the open file that both share, so it stays when flock(1) has ended.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { environmentError } from '../errors/harness-error.ts';

/** What flock(1) answers when somebody else has it. */
const TAKEN = 75;
const LOOK_EVERY_MS = 1_000;

export interface KernelLock {
  /** Aborted when the file was removed or exchanged: then somebody else may take a lock under the same name. */
  readonly lost: AbortSignal;
  /** Looks now, instead of once a second. */
  isHeld(): Promise<boolean>;
  /** Gives it back; `remove` removes the file as well, which only the holder of an exclusive lock may do. */
  release(options?: { readonly remove?: boolean }): Promise<void>;
}

export interface LockRequest {
  /** Several may share one; whoever wants it alone waits for all of them. */
  readonly kind: 'exclusive' | 'shared';
  /** 0: an answer at once. */
  readonly waitMs: number;
}

/**
 * @returns undefined when somebody else has it for longer than `waitMs`
 * @throws HarnessError LOCK_IMPOSSIBLE; what opening the file throws (EACCES, ELOOP for a link)
 */
export async function takeLock(file: string, request: LockRequest): Promise<KernelLock | undefined> {
  const deadline = performance.now() + request.waitMs;
  for (;;) {
    const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
    const descriptor = openSync(file, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
    try {
      const leftMs = Math.max(0, deadline - performance.now());
      if (!(await flock(descriptor, file, request.kind, leftMs))) {
        closeSync(descriptor);
        return undefined;
      }
      // its holder removes the file before letting go: what was waited for is then the lock of a file that is gone
      if (await isSameFile(descriptor, file)) return await held(descriptor, file, request.kind);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    closeSync(descriptor);
  }
}

/** Process id of whoever holds it alone, if they are said to; for messages only. */
export async function lockHolder(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return /^\d{1,10}\n$/.test(text) ? Number(text) : undefined;
}

async function held(descriptor: number, file: string, kind: LockRequest['kind']): Promise<KernelLock> {
  if (kind === 'exclusive') await writeFile(file, `${process.pid}\n`);
  const lost = new AbortController();
  let released = false;
  const isHeld = async (): Promise<boolean> => {
    if (!released && !(await isSameFile(descriptor, file))) lost.abort();
    return !released && !lost.signal.aborted;
  };
  // never throws: what goes wrong in a timer would end the process
  const looking = setInterval(() => void isHeld().catch(() => undefined), LOOK_EVERY_MS).unref();
  return {
    lost: lost.signal,
    isHeld,
    async release({ remove = false } = {}) {
      if (released) return;
      clearInterval(looking);
      try {
        if (remove && kind === 'exclusive' && (await isHeld())) await rm(file, { force: true });
      } finally {
        released = true;
        closeSync(descriptor);
      }
    },
  };
}

async function flock(descriptor: number, file: string, kind: LockRequest['kind'], waitMs: number): Promise<boolean> {
  const waiting = waitMs === 0 ? ['--nonblock'] : ['--timeout', (waitMs / 1000).toFixed(3)];
  const child = spawn('flock', [`--${kind}`, ...waiting, '--conflict-exit-code', String(TAKEN), '3'], {
    stdio: ['ignore', 'ignore', 'pipe', descriptor],
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code] = (await once(child, 'close').catch((cause: unknown) => {
    throw impossible(file, 'the program flock does not start', cause);
  })) as [number | null];
  if (code === 0 || code === TAKEN) return code === 0;
  throw impossible(file, `flock ended with ${code ?? 'a signal'}: ${said.trim()}`);
}

/** A file that is gone is another one. */
async function isSameFile(descriptor: number, file: string): Promise<boolean> {
  const ours = fstatSync(descriptor);
  const named = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  return named?.ino === ours.ino && named.dev === ours.dev;
}

function impossible(where: string, why: string, cause?: unknown): Error {
  return environmentError('LOCK_IMPOSSIBLE', `no lock can be had: ${why}`, {
    where,
    hint: 'flock is part of util-linux; the folder has to be on a file system with locks.',
    cause,
  });
}
