import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CATALOGUE } from '../catalogue/catalogue.ts';
import { selectRecipes } from '../selection.ts';
import { readBuildTimes } from './timings.ts';

const [first, second] = selectRecipes(CATALOGUE, [{ name: 'etcd' }, { name: 'helm' }]) as [
  (typeof CATALOGUE)[number],
  (typeof CATALOGUE)[number],
];
let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'canaryproof-timings-'));
  file = path.join(directory, 'timings.json');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

it('starts with the catalogue, then remembers, and scales the rest by how slow this machine was', async () => {
  const times = await readBuildTimes(file, CATALOGUE, true);
  expect(times.usualMs(first)).toBe(first.typicalSeconds * 1000);
  await times.record(first, first.typicalSeconds * 3000);
  const again = await readBuildTimes(file, CATALOGUE, true);
  expect(again.usualMs(first)).toBe(first.typicalSeconds * 3000);
  expect(again.usualMs(second)).toBe(second.typicalSeconds * 3000);
});

it('forgets builds with warm caches, and takes a damaged file for none', async () => {
  const times = await readBuildTimes(file, CATALOGUE, false);
  await times.record(first, 1);
  expect(times.usualMs(first)).toBe(first.typicalSeconds * 1000);
  await writeFile(file, '{"etcd-3.6.5": "soon"');
  expect((await readBuildTimes(file, CATALOGUE, true)).usualMs(first)).toBe(first.typicalSeconds * 1000);
});
