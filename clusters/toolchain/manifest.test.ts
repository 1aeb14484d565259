import { chmod, mkdir, mkdtemp, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeFiles, inspectComponent, writeManifest } from './manifest.ts';
import { recordInstalled } from './trust.ts';

const RECIPE = 'a'.repeat(64);
let cache: string;
let directory: string;

beforeEach(async () => {
  cache = await mkdtemp(path.join(tmpdir(), 'canaryproof-manifest-'));
  directory = path.join(cache, 'components', 'c');
  await mkdir(path.join(directory, 'data/deep'), { recursive: true });
  await writeFile(path.join(directory, 'program'), 'one');
  await writeFile(path.join(directory, 'data/deep/crd.yaml'), 'kind: X');
  await writeManifest(directory, {
    schema: 1,
    component: 'c',
    version: '1',
    origin: 'test',
    recipeHash: RECIPE,
    builtAt: new Date(0).toISOString(),
    buildSeconds: 1,
    programs: [{ name: 'program', file: 'program', version: '1', origin: 'test' }],
    files: await describeFiles(directory, ['program', 'data']),
  });
});
afterEach(() => rm(cache, { recursive: true, force: true }));

const inspect = (thorough = false, recipe = RECIPE) => inspectComponent(directory, recipe, { thorough });

describe('inspectComponent', () => {
  it('finds an untouched component intact, with its files listed', async () => {
    const found = await inspect(true);
    expect(found.state).toBe('intact');
    expect(found.state === 'intact' && Object.keys(found.manifest.files)).toEqual(['data/deep/crd.yaml', 'program']);
  });

  it('forgives a changed time when the content is the same', async () => {
    await utimes(path.join(directory, 'program'), 1, 1);
    expect((await inspect()).state).toBe('intact');
  });

  it('sees a changed size, changed content of the same size, and a missing file', async () => {
    await writeFile(path.join(directory, 'program'), 'two!');
    expect(await inspect()).toEqual({ state: 'damaged', reason: 'program has 4 bytes instead of 3' });
    await writeFile(path.join(directory, 'program'), 'two');
    expect(await inspect()).toEqual({ state: 'damaged', reason: 'program has other content than was installed' });
    await rm(path.join(directory, 'program'));
    expect(await inspect()).toEqual({ state: 'damaged', reason: 'program is missing' });
  });

  it('sees a damaged, a foreign and a missing manifest', async () => {
    expect((await inspect(false, 'b'.repeat(64))).state).toBe('damaged');
    for (const text of ['{', '{}', '{"schema":2}']) {
      await writeFile(path.join(directory, 'manifest.json'), text);
      expect(await inspect()).toEqual({ state: 'damaged', reason: 'its manifest is not valid' });
    }
    await rm(path.join(directory, 'manifest.json'));
    expect((await inspect()).state).toBe('damaged');
    await rm(directory, { recursive: true });
    expect(await inspect()).toEqual({ state: 'missing' });
  });

  it('believes no manifest that was written anew to fit changed files', async () => {
    const file = path.join(directory, 'manifest.json');
    const installed = await readFile(file, 'utf8');
    await recordInstalled(directory, installed);
    expect((await inspect(true)).state).toBe('intact');
    await writeFile(path.join(directory, 'program'), 'bad');
    const { files, ...rest } = JSON.parse(installed);
    await writeManifest(directory, { ...rest, files: { ...files, ...(await describeFiles(directory, ['program'])) } });
    for (const thorough of [false, true])
      expect(await inspect(thorough)).toEqual({
        state: 'damaged',
        reason: 'its manifest is not the one that was installed',
      });
  });

  it('trusts no folder of others behind a link of its own', async () => {
    const elsewhere = path.join(cache, 'elsewhere');
    await rename(directory, elsewhere);
    await symlink(elsewhere, directory);
    expect((await inspect()).state).toBe('intact');
    await chmod(elsewhere, 0o777);
    expect(await inspect()).toEqual({ state: 'untrusted', reason: 'its folder: everybody may write to it' });
  });

  it.each([
    ['.', 'its folder'],
    ['manifest.json', 'manifest.json'],
    ['data', 'data'],
    ['data/deep/crd.yaml', 'data/deep/crd.yaml'],
    ['program', 'program'],
  ])('trusts nothing where everybody may write to %s', async (name, said) => {
    await chmod(path.join(directory, name), 0o777);
    expect(await inspect()).toEqual({ state: 'untrusted', reason: `${said}: everybody may write to it` });
  });
});
