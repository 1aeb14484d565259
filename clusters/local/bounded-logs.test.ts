import { appendFileSync, closeSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { shortenLogs } from './bounded-logs.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'bounded-logs-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a log that grew too long keeps its end aside, and its writer goes on at the beginning', async () => {
  const file = path.join(folder, 'etcd.log');
  // as a program of the node holds it
  const writer = openSync(file, 'a');
  writeSync(writer, `${'old '.repeat(30)}the end`);
  await writeFile(path.join(folder, 'short.log'), 'short');
  await writeFile(path.join(folder, 'other.json'), 'x'.repeat(200));
  expect(await shortenLogs(folder, { largestBytes: 100, keptBytes: 7 })).toEqual(['etcd.log']);
  writeSync(writer, 'new');
  closeSync(writer);
  expect(await readFile(file, 'utf8')).toBe('new');
  expect(await readFile(`${file}.1`, 'utf8')).toBe('the end');
  expect(await readFile(path.join(folder, 'short.log'), 'utf8')).toBe('short');
  expect((await readdir(folder)).sort()).toEqual(['etcd.log', 'etcd.log.1', 'other.json', 'short.log']);
});

test('however much is written, a log and its end stay within their bounds', async () => {
  const file = path.join(folder, 'kubelet.log');
  for (let round = 0; round < 50; round++) {
    appendFileSync(file, 'x'.repeat(60));
    await shortenLogs(folder, { largestBytes: 100, keptBytes: 40 });
  }
  const sizes = await Promise.all([file, `${file}.1`].map(async (each) => (await readFile(each)).length));
  expect(sizes[0]).toBeLessThanOrEqual(100);
  expect(sizes[1]).toBe(40);
});
