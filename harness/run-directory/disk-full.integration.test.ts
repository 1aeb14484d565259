/** A disk that really fills up: a small tmpfs. Needs root, because it mounts one. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { remakeReport } from './remake-report.ts';
import { createRunDirectory } from './run-directory.ts';

const canMount = process.getuid?.() === 0 && process.platform === 'linux';
let disk: string;

beforeAll(() => {
  if (!canMount) return;
  disk = mkdtempSync(path.join(os.tmpdir(), 'canaryproof-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'canaryproof-test', disk]);
});
afterAll(() => {
  if (!canMount) return;
  execFileSync('umount', [disk]);
  rmSync(disk, { recursive: true });
});

test.skipIf(!canMount)('the run ends with a clear error and stays readable; nothing is half-written', async () => {
  const directory = await createRunDirectory({ parent: disk, kind: 'assert-split', command: [], now: Date.now });
  const samples = directory.createSamples('samples.jsonl.gz');
  const fill = () => {
    for (let sequence = 0; sequence < 200_000; sequence += 1)
      samples.write({
        sequence,
        startMs: sequence,
        endMs: sequence,
        status: 200,
        errorCode: 0,
        vu: 1,
        identity: randomBytes(30).toString('hex'), // does not compress
      });
  };
  expect(fill).toThrow(expect.objectContaining({ code: 'DISK_FULL', exitCode: 3 }));
  await directory.abandon({ code: 'DISK_FULL', message: 'no space' });
  const lines = gunzipSync(readFileSync(samples.path)).toString().trim().split('\n');
  expect(lines.length % 4096).toBe(0);
  for (const line of lines.slice(1)) expect(JSON.parse(line)).toHaveLength(7);
  expect(JSON.parse(readFileSync(path.join(directory.path, 'run.json'), 'utf8'))).toMatchObject({
    kind: 'assert-split',
  });
  const remade = remakeReport(directory.path, { render: async () => new Map(), checkEvidence: true });
  await expect(remade).rejects.toMatchObject({ code: 'RUN_UNFINISHED' });
  const next = await createRunDirectory({ parent: disk, kind: 'assert-split', command: [], now: Date.now });
  await expect(next.writeEvidence('a', randomBytes(300_000))).rejects.toMatchObject({ code: 'DISK_FULL' });
  expect(readdirSync(next.path).sort()).toEqual(['events.jsonl', 'run.json']);
  await next.abandon({ code: 'DISK_FULL', message: 'no space' });
});
