import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fileLayer, type LayerFiles, layerKey } from './file-layer.ts';
import { textFile } from './image-parts.ts';
import { readLayer, sha256OfFile } from './layer.ts';

const { signal } = new AbortController();
let directory: string;
let programPath: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'file-layer-'));
  programPath = path.join(directory, 'program');
  await writeFile(programPath, '#!/bin/sh\n');
  await chmod(programPath, 0o755);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const content = (): LayerFiles => ({
  files: [
    { at: '/usr/local/bin/tool', from: programPath, sha256: 'a'.repeat(64), executable: true },
    textFile('/etc/tool.conf', 'colour = blue\n'),
  ],
  links: { '/usr/local/bin/alias': 'tool' },
});
const layers = (name: string) => path.join(directory, name);
const listing = (file: string) =>
  execFileSync('tar', ['--numeric-owner', '-tvf', file], { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } });

test('files with their modes, links, and nothing of this machine', async () => {
  const layer = await fileLayer(content(), layers('one'), signal);
  const lines = listing(layer.file).trimEnd().split('\n');
  expect(lines.map((line) => line.replace(/\s+/g, ' '))).toEqual([
    'drwxr-xr-x 0/0 0 1970-01-01 00:00 ./',
    'drwxr-xr-x 0/0 0 1970-01-01 00:00 ./etc/',
    '-rw-r--r-- 0/0 14 1970-01-01 00:00 ./etc/tool.conf',
    'drwxr-xr-x 0/0 0 1970-01-01 00:00 ./usr/',
    'drwxr-xr-x 0/0 0 1970-01-01 00:00 ./usr/local/',
    'drwxr-xr-x 0/0 0 1970-01-01 00:00 ./usr/local/bin/',
    'lrwxrwxrwx 0/0 0 1970-01-01 00:00 ./usr/local/bin/alias -> tool',
    '-rwxr-xr-x 0/0 10 1970-01-01 00:00 ./usr/local/bin/tool',
  ]);
  expect(layer.sha256).toBe(await sha256OfFile(layer.file));
  expect((await readdir(layers('one'))).sort()).toEqual([`${layer.key}.json`, `${layer.key}.tar`]);
});

test('the same files give the same bytes, whatever their times and the umask', async () => {
  const first = await fileLayer(content(), layers('one'), signal);
  await utimes(programPath, 1, 1);
  const before = process.umask(0o077);
  try {
    const second = await fileLayer(content(), layers('two'), signal);
    expect(await readFile(second.file)).toEqual(await readFile(first.file));
  } finally {
    process.umask(before);
  }
});

test('what is there is used; what is cut short is made again', async () => {
  const first = await fileLayer(content(), layers('one'), signal);
  await rm(programPath);
  expect(await fileLayer(content(), layers('one'), signal)).toEqual(first);
  await truncate(first.file, 100);
  expect(await readLayer(layers('one'), first.key)).toBeUndefined();
  await expect(fileLayer(content(), layers('one'), signal)).rejects.toThrow(/ENOENT/);
});

test('a record that is damaged, or of another layer, is no layer', async () => {
  const { key } = await fileLayer(content(), layers('one'), signal);
  const record = path.join(layers('one'), `${key}.json`);
  const text = await readFile(record, 'utf8');
  for (const bad of ['', '{', text.replace(/"schema": 1/, '"schema": 2'), text.replace(key, 'files-0')]) {
    await writeFile(record, bad);
    expect(await readLayer(layers('one'), key), bad).toBeUndefined();
  }
});

test('the key depends on content, place and mode, and not on the order', () => {
  const base = content();
  const [tool, conf] = base.files as [(typeof base.files)[0], (typeof base.files)[1]];
  const others = [
    { ...base, files: [{ ...tool!, at: '/bin/tool' }, conf!] },
    { ...base, files: [{ ...tool!, executable: false }, conf!] },
    { ...base, files: [tool!, textFile('/etc/tool.conf', 'colour = red\n')] },
    { ...base, links: { '/usr/local/bin/alias': 'other' } },
    { ...base, links: {} },
  ];
  expect(layerKey({ ...base, files: [conf!, tool!] })).toBe(layerKey(base));
  expect(new Set([layerKey(base), ...others.map(layerKey)]).size).toBe(others.length + 1);
});
