import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runProgram } from '../../../harness/process/run-program.ts';
import { isAlive } from '../ownership/process-identity.ts';
import { ensureGitServer, stopGitServer } from './git-server-process.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-gitserver-'));
});
afterEach(async () => {
  await stopGitServer(folder);
  await rm(folder, { recursive: true, force: true });
});
const identity = async () =>
  (JSON.parse(await readFile(path.join(folder, 'git-server.json'), 'utf8')) as { process: never }).process;

test('serves repositories made after it started, is started once, and keeps its port when it was killed', async () => {
  const first = await ensureGitServer(folder, '127.0.0.1');
  await runProgram(['git', 'init', '--quiet', '--bare', path.join(first.directory, 'shop.git')]);
  const remote = ['git', 'ls-remote', `${first.url}/shop.git`] as const;
  expect((await runProgram(remote)).exitCode).toBe(0);

  const process1 = await identity();
  expect(await ensureGitServer(folder, '127.0.0.1')).toEqual(first);
  expect(await identity()).toEqual(process1);

  process.kill((process1 as { pid: number }).pid, 'SIGKILL');
  while (await isAlive(process1)) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await ensureGitServer(folder, '127.0.0.1')).toEqual(first);
  expect((await runProgram(remote)).exitCode).toBe(0);

  const process2 = await identity();
  await stopGitServer(folder);
  expect(await isAlive(process2)).toBe(false);
});
