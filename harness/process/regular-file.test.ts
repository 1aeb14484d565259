import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { earlierReport } from '../history/earlier-run.ts';
import { readRegularFile } from './regular-file.ts';
import { runProgram } from './run-program.ts';

let folder: string;
const at = (name: string) => path.join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-regular-test-'));
  await writeFile(at('file'), 'text');
  await symlink(at('file'), at('link'));
  await runProgram(['mkfifo', at('pipe')]);
});
afterEach(() => rm(folder, { recursive: true }));

test('a file is read, and neither a link, a pipe, a folder, a device nor what is too large', async () => {
  expect((await readRegularFile(at('file'))).toString()).toBe('text');
  await expect(readRegularFile(at('file'), 3)).rejects.toThrow(RangeError);
  await expect(readRegularFile(at('none'))).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(readRegularFile(at('link'))).rejects.toMatchObject({ code: 'ELOOP' });
  for (const name of [at('pipe'), folder, '/dev/zero'])
    await expect(readRegularFile(name), name).rejects.toThrow(TypeError);
});

test('a neighbour of a run directory that is a trap is passed over', async () => {
  for (const [name, trap] of [
    ['20260101-1', '/dev/zero'],
    ['20260101-2', at('pipe')],
  ] as const) {
    await runProgram(['mkdir', at(name)]);
    await symlink(trap, at(`${name}/result.json`));
  }
  await runProgram(['mkdir', at('20260101-3')]);
  await runProgram(['mkfifo', at('20260101-3/result.json')]);
  expect(await earlierReport(at('20260101-4'), 'bookinfo')).toBeUndefined();
});
