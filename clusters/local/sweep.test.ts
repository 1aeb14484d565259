import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clusterFiles } from './cluster-files.ts';
import { findClusterProcesses, killClusterProcesses, sweepCluster } from './sweep.ts';

let folder: string;
let root: string;
const started: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-sweep-'));
  root = path.join(folder, 'clusters');
});

afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** A program that waits, under the given script name and arguments. */
async function waiting(script: string, ...args: string[]): Promise<ChildProcess> {
  const file = path.join(folder, script);
  await writeFile(file, 'console.log("up"); setInterval(() => undefined, 1000);\n');
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  started.push(child);
  await once(child.stdout!, 'data');
  return child;
}
const pidsOf = async (name: string) => (await findClusterProcesses(root, name)).map(({ pid }) => pid).sort();
const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );

test('finds supervisor and node by their arguments, and nobody else', async () => {
  const [supervisor, init] = [await waiting('supervisor.mjs', root, 'a'), await waiting('node-init.mjs', root, 'a')];
  await waiting('supervisor.mjs', root, 'b');
  await waiting('supervisor.mjs', `${root}-other`, 'a');
  await waiting('editor.mjs', root, 'a');
  await waiting('supervisor.mjs', root, 'a', 'more');
  expect(await pidsOf('a')).toEqual([supervisor.pid, init.pid].sort());
});

test('a sweep kills them and removes directory and sockets; other clusters stay', async () => {
  const [ours, other] = [await waiting('supervisor.mjs', root, 'a'), await waiting('supervisor.mjs', root, 'b')];
  const files = clusterFiles(root, 'a');
  for (const directory of [files.logs, files.sockets, clusterFiles(root, 'b').directory])
    await mkdir(directory, { recursive: true });
  await writeFile(files.state, '{}');
  expect(await sweepCluster(root, files)).toEqual({ processes: 1 });
  expect(ours.signalCode ?? (await once(ours, 'exit'))[1]).toBe('SIGKILL');
  expect([await exists(files.directory), await exists(files.sockets)]).toEqual([false, false]);
  expect(await exists(clusterFiles(root, 'b').directory)).toBe(true);
  expect(await pidsOf('b')).toEqual([other.pid]);
});

test('where nothing is there, nothing happens, however often', async () => {
  const files = clusterFiles(root, 'never-made');
  expect(await sweepCluster(root, files)).toEqual({ processes: 0 });
  expect(await sweepCluster(root, files)).toEqual({ processes: 0 });
});

test('processes can be ended and the files kept for whoever reads the logs', async () => {
  const child = await waiting('supervisor.mjs', root, 'a');
  const { logs } = clusterFiles(root, 'a');
  await mkdir(logs, { recursive: true });
  await killClusterProcesses(root, 'a');
  await once(child, 'exit');
  expect(await pidsOf('a')).toEqual([]);
  expect(await exists(logs)).toBe(true);
});
