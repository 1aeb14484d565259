import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bootMoment } from '../../../harness/process/boot-moment.ts';
import { isVerified } from '../trust.ts';
import { type Installation, installComponent } from './install.ts';

let root: string;
let installation: Installation;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'canaryproof-install-'));
  installation = {
    directory: path.join(root, 'components', 'etcd'),
    stagingDirectory: path.join(root, 'staging'),
    identity: { component: 'etcd', version: '1', origin: 'test', recipeHash: 'a'.repeat(64) },
    clock: () => 0,
  };
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function fill(directory: string) {
  await writeFile(path.join(directory, 'etcd'), 'new');
  return { programs: [{ name: 'etcd', file: 'etcd', version: '1', origin: 'test' }], described: ['etcd'] };
}

it('replaces a damaged installation whole', async () => {
  await mkdir(installation.directory, { recursive: true });
  await writeFile(path.join(installation.directory, 'leftover'), 'old');
  const manifest = await installComponent(installation, fill);
  expect(Object.keys(manifest.files)).toEqual(['etcd']);
  expect((await readdir(installation.directory)).toSorted()).toEqual(['etcd', 'manifest.json']);
  expect(await readdir(installation.stagingDirectory)).toEqual([]);
});

it('leaves the earlier installation and no staging when filling fails', async () => {
  await mkdir(installation.directory, { recursive: true });
  await writeFile(path.join(installation.directory, 'etcd'), 'old');
  const failing = installComponent(installation, async (directory) => {
    await fill(directory);
    throw new RangeError('linker broke');
  });
  await expect(failing).rejects.toThrow('linker broke');
  expect(await readFile(path.join(installation.directory, 'etcd'), 'utf8')).toBe('old');
  expect(await readdir(installation.stagingDirectory)).toEqual([]);
});

it('what was just hashed is not hashed again in this boot; what changed since is', async () => {
  await installComponent(installation, fill);
  const { id } = await bootMoment();
  expect(await isVerified(installation.directory, id)).toBe(true);
  expect(await isVerified(installation.directory, 'another boot')).toBe(false);
  await writeFile(path.join(installation.directory, 'etcd'), 'bad');
  expect(await isVerified(installation.directory, id)).toBe(false);
});

it('believes the hash of who wrote a file, and reads those that came without one', async () => {
  const { files } = await installComponent(installation, async (directory) => {
    await writeFile(path.join(directory, 'data'), '');
    const filled = await fill(directory);
    return { ...filled, described: ['etcd', 'data'], hashes: new Map([['etcd', 'f'.repeat(64)]]) };
  });
  expect(files.etcd?.sha256).toBe('f'.repeat(64));
  expect(files.data?.sha256).toMatch(/^e3b0c442/);
});
