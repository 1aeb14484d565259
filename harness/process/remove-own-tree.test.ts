import { type ChildProcess, execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeOwnTree } from './remove-own-tree.ts';

const asRoot = process.geteuid?.() === 0;
const NOBODY = 65534;
let directory: string;
let child: ChildProcess | undefined;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'remove-own-tree-'));
});
afterEach(async () => {
  child?.kill('SIGKILL');
  child = undefined;
  await rm(directory, { recursive: true, force: true });
});
const at = (...names: string[]) => path.join(directory, ...names);

test('removes a tree whole, with what it holds, and leaves nothing beside it', async () => {
  await mkdir(at('tree', 'a', 'b'), { recursive: true });
  await writeFile(at('tree', 'a', 'b', 'file'), 'x', { mode: 0o400 });
  await removeOwnTree(at('tree'));
  expect(await readdir(directory)).toEqual([]);
  await removeOwnTree(at('tree'));
});

test('links inside go, and what they point to stays; a link in its place is refused', async () => {
  await mkdir(at('kept'));
  await writeFile(at('kept', 'file'), 'x');
  await mkdir(at('tree'));
  await symlink(at('kept'), at('tree', 'link'));
  await removeOwnTree(at('tree'));
  await symlink(at('kept'), at('tree'));
  await expect(removeOwnTree(at('tree'))).rejects.toMatchObject({ code: 'TREE_NOT_OURS', where: at('tree') });
  expect(await readdir(at('kept'))).toEqual(['file']);
  expect((await readdir(directory)).sort()).toEqual(['kept', 'tree']);
});

test('a folder that everybody may write to is refused and stays', async () => {
  await mkdir(at('tree', 'inside'), { recursive: true });
  await chmod(at('tree'), 0o777);
  await expect(removeOwnTree(at('tree'))).rejects.toMatchObject({ code: 'TREE_NOT_OURS', exitCode: 3 });
  expect(await readdir(at('tree'))).toEqual(['inside']);
});

test('what a killed removal left goes with the next one; what only looks like it stays', async () => {
  await mkdir(at('.removed-tree-AbCdEf', 'tree', 'inside'), { recursive: true });
  await chmod(at('.removed-tree-AbCdEf'), 0o700);
  await mkdir(at('.removed-tree-theirs'), { mode: 0o755 });
  await removeOwnTree(at('tree'));
  expect(await readdir(directory)).toEqual(['.removed-tree-theirs']);
});

test('a folder put in its place after the look stays, where it was put', async () => {
  await mkdir(at('tree', 'ours'), { recursive: true });
  const exchanged = removeOwnTree(at('tree'), async (from, to) => {
    await rename(from, at('ours'));
    await mkdir(at('tree', 'theirs'), { recursive: true });
    await rename(from, to);
  });
  await expect(exchanged).rejects.toMatchObject({ code: 'TREE_NOT_OURS', exitCode: 3 });
  expect(await readdir(at('tree'))).toEqual(['theirs']);
  expect((await readdir(directory)).sort()).toEqual(['ours', 'tree']);
});

test('what cannot be removed is said', async () => {
  await mkdir(at('tree'));
  execFileSync('mkdir', [at('parent')]);
  await expect(removeOwnTree(at('tree', 'x'.repeat(300)))).rejects.toThrow('ENAMETOOLONG');
});

test.runIf(asRoot)("somebody else's folder is refused, also where root could remove it", async () => {
  await mkdir(at('tree', 'inside'), { recursive: true });
  await chown(at('tree'), NOBODY, NOBODY);
  await expect(removeOwnTree(at('tree'))).rejects.toThrow(`it belongs to user ${NOBODY}`);
  await chown(at('tree'), 0, NOBODY);
  await chmod(at('tree'), 0o770);
  await expect(removeOwnTree(at('tree'))).rejects.toThrow(`everybody of group ${NOBODY} may write to it`);
  expect(await readdir(at('tree'))).toEqual(['inside']);
});
