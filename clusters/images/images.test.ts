import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { environmentError } from '../../harness/errors/harness-error.ts';
import { thorough } from '../../harness/testkit/runner/thorough.ts';
import type { ImagePlan } from './image-plan.ts';
import { directory, fakeEngine, imageFolder, layers, plan, rooms, toolset } from './images-fixture.ts';

imageFolder();

test('what is built is not built again; what changed is', async () => {
  const { engine } = fakeEngine();
  const build = (...plans: ImagePlan[]) => rooms(engine).build({ toolset, plans, withNode: false });
  expect(await build(plan('one', 'a'), plan('two', 'b'))).toEqual({ built: ['one', 'two'], nodeImage: undefined });
  const times = await Promise.all(
    (await layers()).map(async (name) => (await stat(path.join(directory, 'images', 'layers', name))).mtimeMs),
  );
  expect((await build(plan('one', 'a'), plan('two', 'b'))).built).toEqual([]);
  expect(
    await Promise.all(
      (await layers()).map(async (name) => (await stat(path.join(directory, 'images', 'layers', name))).mtimeMs),
    ),
  ).toEqual(times);
  expect((await build(plan('one', 'A'), plan('two', 'b'))).built).toEqual(['one']);
  expect((await build(plan('two', 'b'))).built).toEqual([]);
});

describe('loading', () => {
  test('only what the engine does not hold as it is now, all of it in one archive', async () => {
    const { engine, archives, held } = fakeEngine();
    const images = rooms(engine);
    await images.build({ toolset, plans: [plan('one', 'a'), plan('two', 'b')], withNode: false });
    expect(await images.loadIntoEngine(undefined)).toEqual(['one', 'two']);
    expect(await images.loadIntoEngine(undefined)).toEqual([]);
    held.delete('r.example/two:latest');
    await images.build({ toolset, plans: [plan('one', 'other')], withNode: false });
    expect(await images.loadIntoEngine(['one'])).toEqual(['one']);
    expect(await images.loadIntoEngine(undefined)).toEqual(['two']);
    expect(archives.map((tags) => tags.length)).toEqual([4, 2, 2]);
    expect(await readdir(path.join(directory, 'images', 'scratch'))).toEqual([]);
  });

  test('a name that is not built is refused with those that are', async () => {
    const { engine } = fakeEngine();
    const images = rooms(engine);
    await expect(images.loadIntoEngine(['one'])).rejects.toMatchObject({ code: 'IMAGE_UNKNOWN', exitCode: 2 });
    await images.build({ toolset, plans: [plan('one', 'a')], withNode: false });
    await expect(images.loadIntoEngine(['two'])).rejects.toMatchObject({ hint: 'Built are one.' });
  });

  test('an engine that does not answer is said before anything is packed', async () => {
    const { engine } = fakeEngine();
    const version = async () => {
      throw environmentError('ENGINE_MISSING', 'no');
    };
    const images = rooms({ ...engine, version });
    await images.build({ toolset, plans: [plan('one', 'a')], withNode: false });
    await expect(images.loadIntoEngine(undefined)).rejects.toMatchObject({ code: 'ENGINE_MISSING' });
    await expect(images.build({ toolset, plans: [], withNode: true })).rejects.toMatchObject({
      code: 'ENGINE_MISSING',
    });
    expect(await images.status()).toMatchObject({
      engineVersion: undefined,
      images: [{ name: 'one', where: ['cache'] }],
    });
  });
});

thorough('what is shown: names, size, what it was built from, where it is, and the disk', async () => {
  const { engine } = fakeEngine();
  const images = rooms(engine);
  await images.build({ toolset, plans: [plan('one', 'a')], withNode: false });
  await images.loadIntoEngine(undefined);
  const status = await images.status();
  expect(status.images).toEqual([
    {
      name: 'one',
      tags: ['r.example/one:1', 'r.example/one:latest'],
      version: '1',
      id: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      bytes: 10_240,
      origin: 'built by canaryproof from words',
      where: ['cache', 'engine'],
    },
  ]);
  expect(status.cacheBytes).toBeGreaterThan(10_240);
  expect(status.engineVersion).toBe('99');
});

thorough('clean takes what nothing stands on; all of it takes the engine’s as well', async () => {
  const { engine, held } = fakeEngine();
  const images = rooms(engine);
  await images.build({ toolset, plans: [plan('one', 'a')], withNode: false });
  await images.build({ toolset, plans: [plan('one', 'b')], withNode: false });
  await images.loadIntoEngine(undefined);
  expect((await layers()).filter((name) => name.endsWith('.tar'))).toHaveLength(2);
  expect(await images.clean('unused')).toBeGreaterThan(0);
  expect((await layers()).filter((name) => name.endsWith('.tar'))).toHaveLength(1);
  expect(held.size).toBe(2);
  await images.clean('everything');
  expect(held.size).toBe(0);
  expect(await layers()).toEqual([]);
  expect((await images.status()).images).toEqual([]);
});
