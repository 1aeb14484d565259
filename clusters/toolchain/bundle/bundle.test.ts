import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Progress } from '../../../harness/ports/progress.ts';
import { fewOf, thorough } from '../../../harness/testkit/runner/thorough.ts';
import type { Builder } from '../build/builder.ts';
import { CATALOGUE } from '../catalogue/catalogue.ts';
import type { Architecture } from '../catalogue/recipe.ts';
import { createToolchainFrom } from '../toolchain.ts';
import { type BundleIndex, MAGIC, TRAILER_BYTES, trailerOf } from './bundle-format.ts';

let folder: string;
let built: string[] = [];
/** Made once: what most tests read is the same file. */
let shared: string;
beforeAll(async () => {
  shared = await mkdtemp(path.join(tmpdir(), 'canaryproof-bundle-shared-'));
  const first = machineIn(path.join(shared, 'first'));
  await first.ensure(ASKED);
  await first.exportTo(path.join(shared, 'file'), []);
});
afterAll(() => rm(shared, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'canaryproof-bundle-'));
  built = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const quiet: Progress = {
  step: () => ({ update: () => undefined, done: () => undefined, fail: () => undefined }),
  note: () => undefined,
};

/** A program, that of etcd larger than a chunk, and a data file. */
const builder: Builder = {
  prefetch: async () => undefined,
  async fill(recipe, directory) {
    built.push(recipe.component);
    await mkdir(path.join(directory, 'programs'));
    await mkdir(path.join(directory, 'data', 'crds'), { recursive: true });
    const file = `programs/${recipe.component}`;
    await writeFile(
      path.join(directory, file),
      `${recipe.component} ${recipe.version}\n`.repeat(recipe.component === 'etcd' ? 100_000 : 1_000),
    );
    await chmod(path.join(directory, file), 0o755);
    await writeFile(path.join(directory, 'data', 'crds', 'empty.yaml'), '');
    const programs = [{ name: recipe.component, file, version: `v${recipe.version}`, origin: recipe.origin }];
    return { programs, described: ['programs', 'data'] };
  },
};

/** The cache of one machine. */
function machineIn(cacheDirectory: string, architecture: Architecture = 'x64', catalogue = CATALOGUE) {
  const ports = { cacheDirectory, progress: quiet, signal: new AbortController().signal };
  return createToolchainFrom(ports, { catalogue, createBuilder: () => builder, architecture, clock: Date.now });
}
const machine = (name: string, architecture: Architecture = 'x64', catalogue = CATALOGUE) =>
  machineIn(at(name), architecture, catalogue);
const at = (name: string) => path.join(folder, name);
const ASKED = [{ name: 'etcd' }, { name: 'argo-rollouts', version: '1.8.5' }];

async function exported(): Promise<string> {
  await cp(path.join(shared, 'file'), at('file'));
  return at('file');
}
/** Nothing may be left of a refused file. */
async function installedOn(name: string): Promise<readonly string[]> {
  const left = await readdir(path.join(at(name), 'build', 'staging')).catch(() => []);
  expect(left).toEqual([]);
  return readdir(path.join(at(name), 'components')).catch(() => []);
}

test('a second machine needs no build, and its programs are the same and can be started', async () => {
  const { sha256 } = await machine('first')
    .ensure(ASKED)
    .then(() => machine('first').exportTo(at('file'), []));
  expect(sha256).toBe(
    createHash('sha256')
      .update(await readFile(at('file')))
      .digest('hex'),
  );
  built = [];
  const imported = await machine('second').importFrom(at('file'), { sha256 });
  expect(imported).toEqual({ sha256, installed: ['argo-rollouts 1.8.5', 'etcd 3.6.5'], kept: [], passedOver: [] });
  const toolset = await machine('second').ensure(ASKED);
  expect(built).toEqual([]);
  const { path: program = '' } = toolset.component('etcd').programs.etcd ?? {};
  expect(program.startsWith(at('second'))).toBe(true);
  expect((await stat(program)).mode & 0o777).toBe(0o755);
  expect(await readFile(program, 'utf8')).toBe('etcd 3.6.5\n'.repeat(100_000));
  expect((await stat(toolset.component('etcd').dataFile('crds/empty.yaml'))).mode & 0o777).toBe(0o644);
  expect((await machine('second').importFrom(at('file'))).kept).toHaveLength(2);
});

thorough('the same components give the same bytes, whenever and wherever they were built or touched', async () => {
  const first = await readFile(await exported());
  await machine('other').ensure(ASKED.toReversed());
  const { components } = await machine('other').ensure(ASKED);
  for (const { directory } of components) await utimes(path.join(directory, 'data', 'crds', 'empty.yaml'), 1, 1);
  await machine('other').exportTo(at('again'), []);
  expect((await readFile(at('again'))).equals(first)).toBe(true);
  await machine('second').importFrom(at('file'));
  await machine('second').exportTo(at('third'), []);
  expect((await readFile(at('third'))).equals(first)).toBe(true);
});

thorough('only what was asked for; what is not there or was changed is not exported', async () => {
  await machine('first').ensure(ASKED);
  expect((await machine('first').exportTo(at('file'), [{ name: 'etcd' }])).components).toEqual(['etcd 3.6.5']);
  await expect(machine('first').exportTo(at('no'), [{ name: 'k6' }])).rejects.toMatchObject({
    code: 'TOOLCHAIN_NOTHING_TO_EXPORT',
    exitCode: 2,
  });
  const { components } = await machine('first').ensure(ASKED);
  const program = components[0]!.programs.etcd!.path;
  await writeFile(at('clock'), '');
  execFileSync('touch', ['-r', program, at('clock')]);
  await writeFile(program, 'ETCD 3.6.5\n'.repeat(100_000));
  await expect(machine('first').exportTo(at('no'), [])).rejects.toMatchObject({ code: 'CACHE_CHANGED' });
  // size and time say nothing now: it is found while it is written
  execFileSync('touch', ['-r', at('clock'), program]);
  await expect(machine('first').exportTo(at('no'), [])).rejects.toMatchObject({
    code: 'CACHE_CHANGED',
    where: program,
  });
  expect((await readdir(folder)).sort()).toEqual(['clock', 'file', 'first']);
});

describe('refused, and nothing installed', () => {
  const changed = (change: (whole: Buffer) => Buffer) => async () => {
    const file = await exported();
    await writeFile(file, change(await readFile(file)));
    return file;
  };
  const flipped = (whole: Buffer, at = whole.length >> 1) => {
    whole[at]! ^= 1;
    return whole;
  };
  test.each(
    fewOf(3, [
      ['cut short', changed((whole) => whole.subarray(0, -100)), 'TOOLCHAIN_FILE_CUT'],
      ['cut to its first line', changed((whole) => whole.subarray(0, MAGIC.length)), 'TOOLCHAIN_FILE_CUT'],
      ['one bit', changed((whole) => flipped(whole)), 'TOOLCHAIN_FILE_ALTERED'],
      // what comes before it is whole, and must not be installed either
      [
        'a bit near the end',
        changed((whole) => flipped(whole, whole.length - TRAILER_BYTES - 6)),
        'TOOLCHAIN_FILE_ALTERED',
      ],
      ['more behind it', changed((whole) => Buffer.concat([whole, Buffer.from('x')])), 'TOOLCHAIN_FILE_CUT'],
      ['empty', changed(() => Buffer.alloc(0)), 'TOOLCHAIN_FILE_FOREIGN'],
      ['an archive', changed(() => Buffer.from('PK\u0003\u0004 a zip')), 'TOOLCHAIN_FILE_FOREIGN'],
      ['newer', changed(() => Buffer.from('canaryproof-toolchain 2\nnew')), 'TOOLCHAIN_FILE_NEWER'],
      ['not there', async () => at('nowhere'), 'TOOLCHAIN_FILE_MISSING'],
      ['a folder', async () => folder, 'TOOLCHAIN_FILE_NOT_TRUSTED'],
    ]),
  )('%s: %s', async (_what, make, code) => {
    await expect(machine('second').importFrom(await make())).rejects.toMatchObject({ code, exitCode: 3 });
    expect(await installedOn('second')).toEqual([]);
  });

  test('a file or a cache that others may write to, and another file than was meant', async () => {
    const file = await exported();
    await chmod(file, 0o666);
    await expect(machine('second').importFrom(file)).rejects.toMatchObject({ code: 'TOOLCHAIN_FILE_NOT_TRUSTED' });
    await chmod(file, 0o644);
    const other = { sha256: 'a'.repeat(64) };
    await expect(machine('second').importFrom(file, other)).rejects.toMatchObject({ code: 'TOOLCHAIN_FILE_OTHER' });
    await mkdir(at('second'));
    await chmod(at('second'), 0o777);
    await expect(machine('second').importFrom(file)).rejects.toMatchObject({ code: 'CACHE_NOT_TRUSTED' });
    expect(await installedOn('second')).toEqual([]);
  });

  thorough(
    'another architecture, and recipes of another version; where some are of this one, those are taken',
    async () => {
      const file = await exported();
      await expect(machine('arm', 'arm64').importFrom(file)).rejects.toMatchObject({ code: 'TOOLCHAIN_FILE_OTHER' });
      const without = (...names: string[]) => CATALOGUE.filter(({ component }) => !names.includes(component));
      const newer = machine('second', 'x64', without('etcd', 'argo-rollouts'));
      await expect(newer.importFrom(file)).rejects.toMatchObject({ code: 'TOOLCHAIN_FILE_OTHER' });
      const some = await machine('second', 'x64', without('etcd')).importFrom(file);
      expect(some).toMatchObject({ installed: ['argo-rollouts 1.8.5'], passedOver: ['etcd 3.6.5'] });
    },
  );

  /** Written by somebody who knows the format: the checksum is right, what it says is not. */
  async function forged(change: (index: BundleIndex) => void, contents: readonly string[]): Promise<string> {
    const installed = await machineIn(path.join(shared, 'first')).installed();
    const component = installed.find(({ directory }) => path.basename(directory).startsWith('etcd'));
    const manifest = JSON.parse(await readFile(path.join(component!.directory, 'manifest.json'), 'utf8'));
    const { version, origin, recipeHash, programs } = manifest;
    const files = contents.map((text, index) => ({
      path: `programs/${index === 0 ? 'etcd' : `more-${index}`}`,
      bytes: text.length,
      sha256: createHash('sha256').update(text).digest('hex'),
      executable: true,
    }));
    const bundled = { component: 'etcd', version, origin, recipeHash, programs, files };
    const index: BundleIndex = { architecture: 'x64', components: [bundled] };
    change(index);
    const plain = Buffer.from(`${JSON.stringify(index)}\n${contents.join('')}`);
    const packed = zstdCompressSync(plain, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
    const body = Buffer.concat([Buffer.from(MAGIC), packed]);
    await writeFile(
      at('forged'),
      Buffer.concat([body, Buffer.from(trailerOf(createHash('sha256').update(body).digest('hex')))]),
    );
    return at('forged');
  }
  test.each<[string, Readonly<Record<string, unknown>>]>(
    fewOf(2, [
      ['a path that leads out', { path: 'programs/../../../../victim' }],
      ['an absolute path', { path: '/tmp/victim' }],
      ['the manifest itself', { path: 'manifest.json' }],
      ['another hash', { sha256: 'f'.repeat(64) }],
      ['more bytes than there are', { bytes: 10 }],
      ['a field that nobody knows', { mode: 'setuid' }],
    ]),
  )('forged: %s', async (_what, field) => {
    const change = ({ components: [etcd] }: BundleIndex) => void Object.assign(etcd?.files[0] ?? {}, field);
    await expect(machine('second').importFrom(await forged(change, ['a program']))).rejects.toMatchObject({
      code: 'TOOLCHAIN_FILE_ALTERED',
    });
    expect(await installedOn('second')).toEqual([]);
    await expect(stat(at('victim'))).rejects.toThrow();
  });

  test('a forged file that is right is installed: the tests above fail for what they say', async () => {
    const file = await forged(() => undefined, ['a program']);
    expect((await machine('second').importFrom(file)).installed).toEqual(['etcd 3.6.5']);
  });
});

test('what is damaged is replaced, what somebody put there as a link is not followed', async () => {
  const file = await exported();
  await machine('second').importFrom(file);
  const [name = ''] = (await readdir(path.join(at('second'), 'components'))).filter((each) => each.startsWith('etcd'));
  const directory = path.join(at('second'), 'components', name);
  await cp(directory, at('elsewhere'), { recursive: true });
  await rm(path.join(directory, 'programs'), { recursive: true });
  await symlink(path.join(at('elsewhere'), 'programs'), path.join(directory, 'programs'));
  await writeFile(path.join(at('elsewhere'), 'programs', 'etcd'), 'theirs');
  expect((await machine('second').importFrom(file)).installed).toEqual(['etcd 3.6.5']);
  expect(await readFile(path.join(at('elsewhere'), 'programs', 'etcd'), 'utf8')).toBe('theirs');
  expect((await stat(path.join(directory, 'programs', 'etcd'))).size).toBe('etcd 3.6.5\n'.length * 100_000);
});
