import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LONGEST_RUNTIME_ROOT, leaveRuntimeRoot, makeRuntimeRoot } from './runtime-root.ts';

const uid = process.geteuid?.() ?? -1;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'rr-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));
const at = (...names: string[]) => path.join(folder, ...names);

/** As a plain user, whoever runs the tests: folders are theirs. */
const hostWith = (env: Record<string, string>) => ({ env, uid: uid || -1, run: at('run'), temporary: folder });
const root = (env: Record<string, string> = {}) => makeRuntimeRoot(at('state'), hostWith(env));

test('below XDG_RUNTIME_DIR, with mode 0700, the same each time', async () => {
  await mkdir(at('xdg'), { mode: 0o700 });
  expect(await root({ XDG_RUNTIME_DIR: at('xdg') })).toBe(at('xdg', 'canaryproof'));
  expect(await root({ XDG_RUNTIME_DIR: at('xdg') })).toBe(at('xdg', 'canaryproof'));
  expect((await lstat(at('xdg', 'canaryproof'))).mode & 0o777).toBe(0o700);
});

test('without the variable, the folder that the system made for the user', async () => {
  await mkdir(at('run', 'user', `${uid || -1}`), { recursive: true, mode: 0o700 });
  expect(await root()).toBe(at('run', 'user', `${uid || -1}`, 'canaryproof'));
});

test('a folder that others can enter, a link and a relative path are passed over', async () => {
  await mkdir(at('open'), { mode: 0o755 });
  await mkdir(at('real'), { mode: 0o700 });
  await symlink(at('real'), at('link'));
  for (const XDG_RUNTIME_DIR of [at('open'), at('link'), 'relative', at('x'.repeat(LONGEST_RUNTIME_ROOT))])
    expect(await root({ XDG_RUNTIME_DIR }), XDG_RUNTIME_DIR).toMatch(/\/cp-[A-Za-z0-9]{6}$/);
});

test('a folder of ours that was opened to others, or exchanged, is an error and not used', async () => {
  await mkdir(at('xdg'), { mode: 0o700 });
  await mkdir(at('xdg', 'canaryproof'), { mode: 0o700 });
  await chmod(at('xdg', 'canaryproof'), 0o770);
  await expect(root({ XDG_RUNTIME_DIR: at('xdg') })).rejects.toMatchObject({ code: 'FOLDER_NOT_PRIVATE' });
});

test('where there is none, a random name that is remembered as long as the folder is ours alone', async () => {
  const first = await root();
  expect(await root()).toBe(first);
  expect(await readFile(at('state', '.runtime-root'), 'utf8')).toBe(`${first}\n`);
  expect((await lstat(first)).mode & 0o777).toBe(0o700);
  await chmod(first, 0o777);
  const second = await root();
  expect(second).not.toBe(first);
  await rm(second, { recursive: true });
  expect(await root()).not.toBe(second);
});

test('a random folder goes with the last cluster in it, and only then; a link in its place stays', async () => {
  const made = await root();
  await mkdir(path.join(made, 'a-cluster'));
  await leaveRuntimeRoot(at('state'));
  expect(await root()).toBe(made);
  await rm(path.join(made, 'a-cluster'), { recursive: true });
  await leaveRuntimeRoot(at('state'));
  expect(await readdir(at('state'))).toEqual([]);
  await expect(lstat(made)).rejects.toThrow();
  await leaveRuntimeRoot(at('state'));
  const second = await root();
  await rm(second, { recursive: true });
  await mkdir(at('theirs'));
  await symlink(at('theirs'), second);
  await leaveRuntimeRoot(at('state'));
  expect([(await lstat(second)).isSymbolicLink(), await readdir(at('state'))]).toEqual([true, []]);
});

test.runIf(uid === 0)("root's lies below /run, which only root may write to", async () => {
  const host = { env: { XDG_RUNTIME_DIR: at('xdg') }, uid, run: at('run'), temporary: folder };
  await mkdir(at('run'));
  expect(await makeRuntimeRoot(at('state'), host)).toBe(at('run', 'canaryproof'));
  await chmod(at('run'), 0o777);
  expect(await makeRuntimeRoot(at('state'), host)).toMatch(/\/cp-[A-Za-z0-9]{6}$/);
});
