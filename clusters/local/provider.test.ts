import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSilentProgress } from '../../harness/testkit/fakes/silent-progress.ts';
import type { BaseStore } from './base/kept-base.ts';
import { clusterFiles } from './cluster-files.ts';
import { createLocalProvider } from './provider.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'local-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('down tells a cluster that was there, if only its folder, from one that was not', async () => {
  const [stateRoot, runtimeRoot] = [path.join(folder, 'state'), path.join(folder, 'run')];
  await mkdir(runtimeRoot, { mode: 0o700 });
  const never = () => Promise.reject(new TypeError('nothing is brought up'));
  const ports = { stateRoot, runtimeRoot, rootless: false, prepare: never, installAddons: never };
  const provider = createLocalProvider({ ...ports, bases: {} as BaseStore });
  await mkdir(clusterFiles(stateRoot, 'left', runtimeRoot).directory, { recursive: true, mode: 0o700 });
  expect(await provider.down('left', createSilentProgress())).toBe(true);
  expect(await provider.down('left', createSilentProgress())).toBe(false);
  expect(await provider.down('never-made', createSilentProgress())).toBe(false);
  expect(await readdir(runtimeRoot)).toEqual([]);
});
