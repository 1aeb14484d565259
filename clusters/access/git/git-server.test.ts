import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { thorough } from '../../../harness/testkit/runner/thorough.ts';
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

test('what has the same arguments is left alone, and what never wrote its state is ended', async () => {
  const server = await ensureGitServer(folder, '127.0.0.1');
  const stateFile = path.join(folder, 'git-server.json');
  const lookalike = spawn('sh', ['-c', 'echo up; read line', 'git-server.ts', stateFile, server.directory], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const over = once(lookalike, 'exit');
  try {
    await once(lookalike.stdout, 'data');
    const ours = await identity();
    await rm(stateFile);
    await stopGitServer(folder);
    expect(await isAlive(ours)).toBe(false);
    expect(lookalike.exitCode ?? lookalike.signalCode).toBeNull();
  } finally {
    lookalike.stdin.end();
  }
  expect(await over).toEqual([1, null]);
});

thorough('an address that is not ours is refused with the reason', async () => {
  await expect(ensureGitServer(folder, '192.0.2.1')).rejects.toMatchObject({ code: 'GIT_SERVER_FAILED' });
});
