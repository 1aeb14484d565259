import { chmod, chown, lstat, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makePrivateFolder, writableByOthers } from './private-folder.ts';

const asRoot = process.geteuid?.() === 0;
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'private-folder-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('is made with mode 0700 and taken again', async () => {
  const folder = path.join(directory, 'own');
  await makePrivateFolder(folder);
  await makePrivateFolder(folder);
  expect((await lstat(folder)).mode & 0o777).toBe(0o700);
});

test('a link, a file and a folder that others can enter are refused and stay as they are', async () => {
  const at = (name: string) => path.join(directory, name);
  await mkdir(at('real'), { mode: 0o700 });
  await symlink(at('real'), at('link'));
  await writeFile(at('file'), '');
  await mkdir(at('open'));
  await chmod(at('open'), 0o750);
  for (const name of ['link', 'file', 'open'])
    await expect(makePrivateFolder(at(name)), name).rejects.toMatchObject({
      code: 'FOLDER_NOT_PRIVATE',
      where: at(name),
      hint: expect.any(String),
    });
  expect((await lstat(at('open'))).mode & 0o777).toBe(0o750);
});

test.runIf(asRoot)("somebody else's folder is refused, however private", async () => {
  const folder = path.join(directory, 'theirs');
  await mkdir(folder, { mode: 0o700 });
  await chown(folder, 65534, 65534);
  await expect(makePrivateFolder(folder)).rejects.toThrow('it belongs to user 65534');
});

test('who can have written a file', async () => {
  const file = path.join(directory, 'file');
  await writeFile(file, '');
  for (const [mode, answer] of [
    [0o600, undefined],
    [0o644, undefined],
    [0o775, undefined], // of the user's own group, as with umask 002
    [0o666, 'everybody may write to it'],
  ] as const) {
    await chmod(file, mode);
    expect(writableByOthers(await lstat(file)), mode.toString(8)).toBe(answer);
  }
  if (!asRoot) return;
  await chmod(file, 0o664);
  await chown(file, 0, 65534);
  expect(writableByOthers(await lstat(file))).toBe('everybody of group 65534 may write to it');
  await chown(file, 65534, 0);
  expect(writableByOthers(await lstat(file))).toBe('it belongs to user 65534');
});
