import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockHolder, takeLock } from './kernel-lock.ts';

const NOW = { kind: 'exclusive', waitMs: 0 } as const;
const LONG = { kind: 'exclusive', waitMs: 50_000 } as const;
let directory: string;
let file: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'kernel-lock-'));
  file = path.join(directory, 'lock');
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

/** Another process that holds the lock until it is killed. */
async function holder(): Promise<ChildProcess> {
  const module = JSON.stringify(path.join(import.meta.dirname, 'kernel-lock.ts'));
  const program = `
    const { takeLock } = await import(${module});
    const lock = await takeLock(${JSON.stringify(file)}, { kind: 'exclusive', waitMs: 0 });
    console.log(lock ? 'held' : 'refused');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  expect(String((await once(child.stdout!, 'data'))[0])).toBe('held\n');
  return child;
}

test('one at a time, also within one process; several may share', async () => {
  const first = await takeLock(file, NOW);
  expect(await takeLock(file, NOW)).toBeUndefined();
  expect(await takeLock(file, { kind: 'shared', waitMs: 0 })).toBeUndefined();
  expect(await lockHolder(file)).toBe(process.pid);
  await first?.release({ remove: true });
  await first?.release();
  const [a, b] = [
    await takeLock(file, { kind: 'shared', waitMs: 0 }),
    await takeLock(file, { kind: 'shared', waitMs: 0 }),
  ];
  expect(await takeLock(file, NOW)).toBeUndefined();
  await Promise.all([a?.release(), b?.release()]);
  const last = await takeLock(file, NOW);
  expect(await last?.isHeld()).toBe(true);
  await last?.release({ remove: true });
  await expect(access(file)).rejects.toThrow();
});

test('a stopped holder keeps it, a killed one gives it up with its last breath', async () => {
  const child = await holder();
  child.kill('SIGSTOP');
  expect(await takeLock(file, NOW)).toBeUndefined();
  expect(await lockHolder(file)).toBe(child.pid);
  const waiting = takeLock(file, LONG);
  child.kill('SIGKILL');
  const lock = await waiting;
  expect(await lock?.isHeld()).toBe(true);
  await lock?.release();
});

test('who waited for a file that its holder removed takes the lock of the new one', async () => {
  const first = await takeLock(file, NOW);
  const waiting = takeLock(file, LONG);
  await first?.release({ remove: true });
  const second = await waiting;
  expect(await second?.isHeld()).toBe(true);
  expect(await takeLock(file, NOW)).toBeUndefined();
  await second?.release();
});

test('a file that was removed or exchanged is a lost lock, and the new one is left alone', async () => {
  const lock = await takeLock(file, NOW);
  await rm(file);
  await writeFile(file, "somebody else's");
  await new Promise((resolve) => lock?.lost.addEventListener('abort', resolve));
  expect(await lock?.isHeld()).toBe(false);
  await lock?.release({ remove: true });
  expect(await readFile(file, 'utf8')).toBe("somebody else's");
});

test('a link is not followed, and a missing flock is said', async () => {
  await writeFile(path.join(directory, 'precious'), 'theirs');
  await symlink(path.join(directory, 'precious'), file);
  await expect(takeLock(file, NOW)).rejects.toThrow('ELOOP');
  expect(await readFile(path.join(directory, 'precious'), 'utf8')).toBe('theirs');
  await rm(file);
  const { PATH } = process.env;
  process.env.PATH = directory;
  try {
    await expect(takeLock(file, NOW)).rejects.toMatchObject({ code: 'LOCK_IMPOSSIBLE', hint: expect.any(String) });
  } finally {
    process.env.PATH = PATH;
  }
});
