import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { childPids, identifyProcess, isAlive } from './process-identity.ts';

const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

async function sleeper(program = 'sleep'): Promise<ChildProcess & { pid: number }> {
  const child = spawn(program, ['30'], { stdio: 'ignore' });
  started.push(child);
  await once(child, 'spawn');
  return child as ChildProcess & { pid: number };
}

test('this process has an identity, the same at every look', async () => {
  const identity = await identifyProcess(process.pid);
  expect(identity).toEqual({ pid: process.pid, startTicks: expect.stringMatching(/^\d+$/) });
  expect(await identifyProcess(process.pid)).toEqual(identity);
  expect(await isAlive(identity!)).toBe(true);
});

test('a process that ended is dead, and so is a pid that now belongs to another start', async () => {
  const child = await sleeper();
  const identity = (await identifyProcess(child.pid))!;
  expect(await isAlive(identity)).toBe(true);
  expect(await isAlive({ ...identity, startTicks: String(Number(identity.startTicks) - 1) })).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await identifyProcess(child.pid)).toBeUndefined();
  expect(await isAlive(identity)).toBe(false);
});

test('a name with spaces and parentheses does not shift the fields', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-name-'));
  try {
    const program = path.join(folder, 'a) R 1 (b');
    await copyFile('/bin/sleep', program);
    const [odd, plain] = [await sleeper(program), await sleeper()];
    const ticks = async (pid: number) => Number((await identifyProcess(pid))?.startTicks);
    // both started just now: clock ticks are hundredths of a second
    expect(Math.abs((await ticks(odd.pid)) - (await ticks(plain.pid)))).toBeLessThan(1000);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('children are those that the kernel lists; a pid that is not there has none', async () => {
  const child = await sleeper();
  expect(await childPids(process.pid)).toContain(child.pid);
  expect(await childPids(2 ** 30)).toEqual([]);
});

test('a process whose first thread ended and whose others run is alive', async () => {
  const program =
    'import ctypes, threading, time\nthreading.Thread(target=lambda: time.sleep(30)).start()\nprint("up", flush=True)\nctypes.PyDLL(None).pthread_exit.restype = None\nctypes.CDLL(None).pthread_exit(None)';
  const child = spawn('python3', ['-c', program], { stdio: ['ignore', 'pipe', 'ignore'] });
  started.push(child);
  await once(child.stdout, 'data');
  const pid = child.pid!;
  const state = async () => (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '')[0];
  while ((await state()) !== 'Z') await new Promise((resolve) => setTimeout(resolve, 5));
  const identity = await identifyProcess(pid);
  expect(identity).toMatchObject({ pid });
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await isAlive(identity!)).toBe(false);
});
