import { execFileSync } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { lstat, mkdtemp, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeFolder, writeFileAtomic, writeFilesTogether } from './atomic-file.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'atomic-file-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('makes missing folders, replaces the file and leaves nothing beside it', async () => {
  const file = path.join(directory, 'a', 'b.txt');
  await writeFileAtomic(file, 'one');
  await writeFileAtomic(file, 'two', 0o600);
  expect(await readFile(file, 'utf8')).toBe('two');
  expect((await lstat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(path.dirname(file))).toEqual(['b.txt']);
});

test('writes into a pipe instead of replacing it', async () => {
  const pipe = path.join(directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = await open(pipe, 'r+');
  await writeFileAtomic(pipe, 'through');
  const { buffer, bytesRead } = await reader.read(Buffer.alloc(16), 0, 16);
  await reader.close();
  expect(buffer.subarray(0, bytesRead).toString()).toBe('through');
  expect((await lstat(pipe)).isFIFO()).toBe(true);
});

test('refuses a directory and keeps what was there', async () => {
  await writeFile(path.join(directory, 'kept'), 'x');
  await expect(writeFileAtomic(directory, 'y')).rejects.toMatchObject({ code: 'FILE_NOT_WRITTEN', exitCode: 3 });
  expect(await readdir(directory)).toEqual(['kept']);
});

test.each([
  ['below a file', 'kept/a', 'part of the path is a file'],
  ['below a file, deeper', 'kept/a/b', 'part of the path is a file'],
  ['by a long name', 'x'.repeat(300), 'its name is too long'],
  ['along links in a circle', 'circle/a', 'its links lead in a circle'],
  ['along a link that leads nowhere', 'nowhere/a', 'part of the path is not there'],
])('a path that cannot be is said to be so: %s', async (_name, relative, why) => {
  await writeFile(path.join(directory, 'kept'), 'x');
  await symlink('circle', path.join(directory, 'circle'));
  await symlink('gone', path.join(directory, 'nowhere'));
  await expect(writeFileAtomic(path.join(directory, relative), 'y')).rejects.toMatchObject({
    ...{ code: 'FILE_NOT_WRITTEN', exitCode: 3 },
    message: expect.stringContaining(why),
  });
});

test('so is a folder', async () => {
  const file = path.join(directory, 'kept');
  await writeFile(file, 'x');
  await expect(makeFolder(file)).rejects.toMatchObject({ code: 'FILE_NOT_WRITTEN', where: file });
  await makeFolder(path.join(directory, 'a', 'b'));
  await makeFolder(path.join(directory, 'a', 'b'));
  expect(await readdir(path.join(directory, 'a'))).toEqual(['b']);
});

test('a link is replaced, and what it points to stays as it is; also one that points nowhere or to a device', async () => {
  const [victim, link] = [path.join(directory, 'victim'), path.join(directory, 'link')];
  await writeFile(victim, 'theirs');
  for (const target of [victim, '/dev/full', path.join(directory, 'nowhere')]) {
    await symlink(target, link);
    await writeFileAtomic(link, 'ours');
    expect((await lstat(link)).isFile()).toBe(true);
    expect(await readFile(link, 'utf8')).toBe('ours');
    await rm(link);
  }
  expect((await readdir(directory)).sort()).toEqual(['victim']);
  expect(await readFile(victim, 'utf8')).toBe('theirs');
});

test("/dev/stdout is written to, whatever it is, and stays the system's link", async () => {
  const [script, out] = [path.join(import.meta.dirname, 'atomic-file.ts'), path.join(directory, 'out')];
  const program = `(await import(${JSON.stringify(script)})).writeFileAtomic('/dev/stdout', 'through\\n')`;
  execFileSync(process.execPath, ['--input-type=module', '-e', `await ${program}`], {
    stdio: ['ignore', openSync(out, 'w'), 'inherit'],
  });
  expect(await readFile(out, 'utf8')).toBe('through\n');
  expect((await lstat('/dev/stdout')).isSymbolicLink()).toBe(true);
});

test.runIf(existsSync('/dev/shm'))('a link in a shared folder below /dev is replaced like any other', async () => {
  const shared = await mkdtemp('/dev/shm/atomic-file-');
  try {
    const [victim, link] = [path.join(directory, 'victim'), path.join(shared, 'report.html')];
    await writeFile(victim, 'theirs');
    await symlink(victim, link);
    await writeFileAtomic(link, 'ours');
    expect((await lstat(link)).isFile()).toBe(true);
    expect(await readFile(victim, 'utf8')).toBe('theirs');
  } finally {
    await rm(shared, { recursive: true });
  }
});

test.runIf(process.platform === 'linux')('a folder that the system makes nowhere ends with a message', async () => {
  await expect(makeFolder('/proc/canaryproof/runs')).rejects.toMatchObject({ code: 'FILE_NOT_WRITTEN' });
});

test('of several files none is there where one cannot be written', async () => {
  await writeFile(path.join(directory, 'old.yaml'), 'old');
  const files = ['old.yaml', 'new.yaml', 'old.yaml/below'].map((name) => ({
    file: path.join(directory, name),
    data: 'new',
  }));
  await expect(writeFilesTogether(files)).rejects.toMatchObject({
    code: 'FILE_NOT_WRITTEN',
    where: path.join(directory, 'old.yaml/below'),
  });
  expect(await readdir(directory)).toEqual(['old.yaml']);
  expect(await readFile(path.join(directory, 'old.yaml'), 'utf8')).toBe('old');
  await writeFilesTogether(files.slice(0, 2));
  expect(await readdir(directory)).toEqual(['new.yaml', 'old.yaml']);
});
