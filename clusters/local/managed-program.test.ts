import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { childPids } from '../access/ownership/process-identity.ts';
import { keepRunning, type ManagedProgram } from './managed-program.ts';

let folder: string;
let notes: string[];
let running: ManagedProgram | undefined;
/** Of test files that ran in this process before. */
let others: readonly number[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-managed-'));
  notes = [];
  others = await childPids(process.pid);
});

afterEach(async () => {
  await running?.stop();
  running = undefined;
  await rm(folder, { recursive: true });
});

function keep(argv: readonly [string, ...string[]], env?: Record<string, string>): ManagedProgram {
  running = keepRunning({ name: 'it', argv, ...(env ? { env } : {}) }, folder, (text) => notes.push(text));
  return running;
}
const ownChildren = async () => (await childPids(process.pid)).filter((pid) => !others.includes(pid));
const log = () => readFile(path.join(folder, 'it.log'), 'utf8').catch(() => '');

test('output of every start goes to one log, with the environment added', async () => {
  keep(['sh', '-c', 'echo "out $COLOUR"; echo err >&2; exit 3'], { COLOUR: 'blue' });
  await vi.waitFor(async () => expect((await log()).match(/out blue\nerr\n/g)).toHaveLength(2), { timeout: 3000 });
});

test('each restart waits twice as long, and says so', async () => {
  keep(['sh', '-c', 'exit 3']);
  await vi.waitFor(() => expect(notes.length).toBeGreaterThanOrEqual(3), { timeout: 5000 });
  const delays = notes.map((note) => Number(/restarting in (\d+) ms/.exec(note)?.[1]));
  expect(delays.slice(0, 3)).toEqual([200, 400, 800]);
  expect(notes[0]).toMatch(/^it ended \(exit code 3\) after \d+ ms; restarting in 200 ms$/);
});

test('a program that is killed is named with its signal and comes back', async () => {
  keep(['sh', '-c', 'echo up; exec sleep 30']);
  await vi.waitFor(async () => expect(await log()).toBe('up\n'));
  const [pid] = await ownChildren();
  process.kill(pid!, 'SIGKILL');
  await vi.waitFor(async () => expect(await log()).toBe('up\nup\n'), { timeout: 3000 });
  expect(notes[0]).toContain('it ended (SIGKILL)');
});

test('stop ends it for good', async () => {
  const program = keep(['sh', '-c', 'echo up; exec sleep 30']);
  await vi.waitFor(async () => expect(await log()).toBe('up\n'));
  await program.stop();
  expect(await ownChildren()).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(await log()).toBe('up\n');
  expect(notes).toEqual([]);
});

test('stop does not wait for a program that ignores SIGTERM', async () => {
  const program = keep(['sh', '-c', 'trap "" TERM; echo up; while :; do sleep 0.1; done']);
  await vi.waitFor(async () => expect(await log()).toBe('up\n'));
  const began = performance.now();
  await program.stop();
  expect(performance.now() - began).toBeLessThan(4000);
});

test('a missing program is noted and tried again', async () => {
  keep(['/nowhere/to/be/found']);
  await vi.waitFor(() => expect(notes[0]).toMatch(/ENOENT.*restarting in 200 ms/));
});

test('a missing program can be stopped at once', async () => {
  await keep(['/nowhere/to/be/found']).stop();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(notes).toEqual([]);
});
