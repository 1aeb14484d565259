import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { CLINICOS, RELEASES, sourcesDigest } from './build-clinicos.ts';

const built = (...parts: readonly string[]) => path.join(CLINICOS, 'builds', ...parts);

test('the committed builds are of the committed sources (npm run build:clinicos)', async () => {
  expect((await readFile(built('built-from.txt'), 'utf8')).trim()).toBe(await sourcesDigest());
});

test('a page names two assets of its own build, and shares none with the other', async () => {
  const assets = await Promise.all(RELEASES.map((release) => readdir(built(release, 'html', 'assets'))));
  expect(assets.map((names) => names.length)).toEqual([2, 2]);
  expect(new Set(assets.flat()).size).toBe(4);
  for (const [index, release] of RELEASES.entries()) {
    const page = await readFile(built(release, 'html', 'index.html'), 'utf8');
    for (const name of assets[index] ?? []) expect(page).toContain(`/assets/${name}`);
    expect(page.match(/\/assets\//g)).toHaveLength(2);
    expect(await readFile(built(release, 'nginx.conf'), 'utf8')).toContain(`x-clinicos-version ${release} always;`);
  }
});
