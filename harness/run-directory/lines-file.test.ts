import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLinesFile } from './lines-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-lines-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('every value is a line, over several blocks; what comes after the end is left out', async () => {
  const file = createLinesFile(path.join(folder, 'objects.jsonl.gz'));
  const filler = 'x'.repeat(100_000);
  for (let i = 0; i < 10; i += 1) file.write({ i, filler });
  const { bytes } = file.close();
  file.write({ late: true });
  const raw = await readFile(file.path);
  expect(raw.byteLength).toBe(bytes);
  const lines = gunzipSync(raw).toString().trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).i)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('a block that is full is on disk before the file is closed', async () => {
  const file = createLinesFile(path.join(folder, 'objects.jsonl.gz'));
  for (let i = 0; i < 4; i += 1) file.write({ i, filler: 'x'.repeat(100_000) });
  expect(
    gunzipSync(await readFile(file.path))
      .toString()
      .split('\n').length,
  ).toBeGreaterThan(2);
  file.close();
});
