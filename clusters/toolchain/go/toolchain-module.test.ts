import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GO_TOOLCHAIN } from '../catalogue/catalogue-wheels.ts';
import type { ToolchainModule } from '../catalogue/recipe.ts';
import { hashOne, requireToolchainModule } from './toolchain-module.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const FILES = { 'bin/go': 'program', 'src/cmd/go.mod': 'module cmd', VERSION: 'go1' };
const version = 'v0.0.1-go1.linux-amd64';
/** As the checksum database has it: the module also holds a licence, and its go.mod has another name. */
const sum = hashOne(`example.org/toolchain@${version}`, [
  { name: 'bin/go', sha256: sha256('program') },
  { name: 'src/cmd/_go.mod', sha256: sha256('module cmd') },
  { name: 'VERSION', sha256: sha256('go1') },
  { name: 'LICENSE', sha256: sha256('free') },
]);
const module: ToolchainModule = {
  path: 'example.org/toolchain',
  releases: { x64: { version, sum }, arm64: { version: 'v0.0.1-go1.linux-arm64', sum: 'h1:other' } },
  notInWheel: { LICENSE: sha256('free') },
  onlyInWheel: ['__init__.py', 'misc/'],
};
let tree: string;

beforeEach(async () => {
  tree = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-tree-'));
  for (const [name, text] of Object.entries({ ...FILES, '__init__.py': '', 'misc/x/y': 'no part of the module' })) {
    await mkdir(path.dirname(path.join(tree, name)), { recursive: true });
    await writeFile(path.join(tree, name), text);
  }
});
afterEach(() => rm(tree, { recursive: true, force: true }));

test('the hash is over sorted lines of hash and name, as dirhash.Hash1 has it', () => {
  const files = [
    { name: 'abc', sha256: sha256('data for abc') },
    { name: 'xyz', sha256: sha256('data for xyz') },
  ];
  const lines = `${sha256('data for abc')}  p/abc\n${sha256('data for xyz')}  p/xyz\n`;
  const expected = `h1:${createHash('sha256').update(lines).digest('base64')}`;
  expect(hashOne('p', files)).toBe(expected);
  expect(hashOne('p', files.toReversed())).toBe(expected);
});

test('a tree that is the module passes, and what only the wheel holds is gone', async () => {
  await requireToolchainModule(tree, module, 'x64');
  expect((await readdir(tree)).sort()).toEqual(['VERSION', 'bin', 'src']);
});

test.each([
  ['another byte', (at: string) => writeFile(path.join(at, 'bin/go'), 'progran')],
  ['a file more', (at: string) => writeFile(path.join(at, 'bin/gofmt'), '')],
  ['a file less', (at: string) => rm(path.join(at, 'VERSION'))],
])('%s is refused before anything of it is run', async (_what, change) => {
  await change(tree);
  await expect(requireToolchainModule(tree, module, 'x64')).rejects.toMatchObject({
    code: 'TOOLCHAIN_NOT_AUTHENTIC',
    hint: expect.stringContaining(sum),
  });
});

test('the tree of another processor is another module', async () => {
  await expect(requireToolchainModule(tree, module, 'arm64')).rejects.toMatchObject({
    code: 'TOOLCHAIN_NOT_AUTHENTIC',
  });
});

test('the pinned Go names the module of its own release for every processor', () => {
  for (const [processor, arch] of [['x64', 'amd64'] as const, ['arm64', 'arm64'] as const])
    expect(GO_TOOLCHAIN.module?.releases[processor]).toEqual({
      version: `v0.0.1-go${GO_TOOLCHAIN.version}.linux-${arch}`,
      sum: expect.stringMatching(/^h1:[\w+/]{43}=$/),
    });
});
