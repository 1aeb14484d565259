import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { setup } from './begin-with.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'begin-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test('several projects of one run have one temporary folder, which goes with the run', async () => {
  const leave = await setup();
  const made = process.env.TMPDIR;
  expect(path.dirname(made!)).toBe(folder);
  // a folder within the folder would make names of sockets too long
  expect(await setup()).toBeUndefined();
  expect(process.env.TMPDIR).toBe(made);
  await leave?.();
  expect(await readdir(folder)).toEqual([]);
});

test('a run within a run has a folder of its own', async () => {
  await setup();
  vi.stubEnv('TMPDIR', folder);
  expect(await setup()).toBeDefined();
  expect(await readdir(folder)).toHaveLength(2);
});
