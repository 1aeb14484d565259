import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { examineLocalCluster, findProgram, missingPackages } from './preflight.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-preflight-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a program is found along the path, in its order', async () => {
  const [first, second] = [path.join(folder, 'tool'), path.join('/nowhere', 'tool')];
  await writeFile(first, '#!/bin/sh\n');
  await chmod(first, 0o755);
  expect(await findProgram('tool', `/nowhere:${folder}`)).toBe(first);
  expect(await findProgram('tool', path.dirname(second))).toBeUndefined();
});

test('a file that cannot be run is no program', async () => {
  await writeFile(path.join(folder, 'tool'), 'text', { mode: 0o644 });
  expect(await findProgram('tool', folder)).toBeUndefined();
});

test("an administrator's folders are looked through even when the path lacks them", async () => {
  const found = await findProgram('ldconfig', folder);
  expect(found).toMatch(/^(\/usr)?\/sbin\/ldconfig$/);
});

test('missing packages are named once each, and every requirement that failed says what to do', async () => {
  const missing = await missingPackages();
  expect(new Set(missing).size).toBe(missing.length);
  const requirements = await examineLocalCluster();
  expect(requirements.map(({ name }) => name)).toEqual([
    'operating system',
    'privileges',
    'system programs',
    'bridge filtering',
  ]);
  for (const { state, fix } of requirements) if (state === 'failed') expect(fix).toMatch(/\S/);
  const programs = requirements.find(({ name }) => name === 'system programs');
  expect(programs?.state).toBe(missing.length === 0 ? 'ok' : 'failed');
});
