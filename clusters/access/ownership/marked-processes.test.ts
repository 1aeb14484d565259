import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import { afterEach, expect, test, vi } from 'vitest';
import {
  childInNamespaceOfItsOwn,
  findInPidNamespace,
  findMarked,
  killMarked,
  MARK_VARIABLE,
  pidNamespaceOf,
} from './marked-processes.ts';
import { childPids, identifyProcess } from './process-identity.ts';

const asRoot = process.geteuid?.() === 0;
const MARK = randomBytes(16).toString('hex');
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function sleeper(environment: Record<string, string>, prefix: readonly string[] = []): Promise<ChildProcess> {
  const [program = 'sleep', ...args] = [...prefix, 'sleep', '30'];
  const child = spawn(program, args, { stdio: 'ignore', env: { PATH: '/usr/bin:/bin:/usr/sbin', ...environment } });
  children.push(child);
  await once(child, 'spawn');
  // the environment is the new program's from its exec on
  while ((await identifyProcess(child.pid!)) !== undefined && !(await isSleep(child.pid!)))
    await new Promise((resolve) => setTimeout(resolve, 5));
  return child;
}
async function isSleep(pid: number): Promise<boolean> {
  const { readFile } = await import('node:fs/promises');
  return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'sleep')).trim() === 'sleep';
}
const marked = (mark: string) => ({ [MARK_VARIABLE]: mark });
const pids = (found: readonly { pid: number }[]) => found.map(({ pid }) => pid).sort((a, b) => a - b);

test('finds what carries the mark, and nothing that only looks like it', async () => {
  const [a, b] = [await sleeper(marked(MARK)), await sleeper({ ...marked(MARK), MORE: 'x' })];
  await sleeper({});
  await sleeper(marked(`${MARK}0`));
  await sleeper({ OTHER: `${MARK_VARIABLE}=${MARK}` });
  expect(pids(await findMarked([MARK]))).toEqual(pids([a, b] as { pid: number }[]));
  expect(await findMarked([])).toEqual([]);
});

test.runIf(asRoot)('a process of another user is not ours, whatever it carries', async () => {
  const theirs = await sleeper(marked(MARK), ['setpriv', '--reuid=65534', '--clear-groups', '--']);
  const identity = (await identifyProcess(theirs.pid!))!;
  expect(await findMarked([MARK])).toEqual([]);
  expect(await killMarked([identity], [MARK])).toEqual([theirs.pid]);
  expect(await identifyProcess(theirs.pid!)).toEqual(identity);
});

async function lastLook(): Promise<void> {
  const [ours, unmarked] = [await sleeper(marked(MARK)), await sleeper({})];
  const [right, foreign] = await Promise.all([identifyProcess(ours.pid!), identifyProcess(unmarked.pid!)]);
  const reused = { ...right!, startTicks: String(Number(right!.startTicks) - 1) };
  const gone = { pid: 2 ** 22 - 1, startTicks: '1' };
  expect(await killMarked([reused, foreign!, gone], [MARK])).toEqual([reused.pid, foreign!.pid, gone.pid]);
  expect(await identifyProcess(ours.pid!)).toEqual(right);
  const ended = once(ours, 'exit');
  expect(await killMarked([right!], [MARK])).toEqual([]);
  expect((await ended)[1]).toBe('SIGKILL');
  expect(await identifyProcess(unmarked.pid!)).toEqual(foreign);
}

test('the last look before the kill spares a reused pid, a process without the mark, and one that is gone', lastLook);

test('so does the last look where there is no Python', async () => {
  const empty = await mkdtemp(`${os.tmpdir()}/no-python-`);
  const { PATH } = process.env;
  try {
    // sleep, and nothing else, is found by the children's own PATH
    process.env.PATH = empty;
    await lastLook();
  } finally {
    process.env.PATH = PATH;
    await rm(empty, { recursive: true });
  }
});

test('processes of a pid namespace are its own', async () => {
  const own = await pidNamespaceOf('self');
  const child = await sleeper({});
  expect(pids(await findInPidNamespace(own!))).toEqual(expect.arrayContaining([process.pid, child.pid]));
  expect(await findInPidNamespace('pid:[1]')).toEqual([]);
  expect(await pidNamespaceOf(2 ** 22 - 1)).toBeUndefined();
});

test.runIf(asRoot)(
  'the child with a pid namespace of its own is found beside one that has none, whichever came first',
  async () => {
    // as unshare(1) does without root: a helper first, which ends later, and then the program
    const script = 'sleep 30 & exec unshare --pid --fork --kill-child sleep 30';
    const parent = spawn('sh', ['-c', script], { stdio: 'ignore', env: { PATH: '/usr/bin:/bin:/usr/sbin' } });
    children.push(parent);
    await once(parent, 'spawn');
    await vi.waitUntil(async () => (await childPids(parent.pid!)).length === 2, { timeout: 20_000 });
    const [helper, program] = await childPids(parent.pid!);
    try {
      await vi.waitUntil(async () => (await childInNamespaceOfItsOwn(parent.pid!)) === program, { timeout: 20_000 });
      expect(await pidNamespaceOf(helper!)).toBe(await pidNamespaceOf('self'));
    } finally {
      process.kill(helper!, 'SIGKILL');
    }
    expect(await childInNamespaceOfItsOwn(process.pid)).toBeUndefined();
  },
);
