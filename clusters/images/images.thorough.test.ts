import './images.test.ts';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { directory, fakeEngine, imageFolder, layers, plan, rooms, toolset } from './images-fixture.ts';

imageFolder();

test('images with the same files share the layer', async () => {
  const { engine } = fakeEngine();
  await rooms(engine).build({ toolset, plans: [plan('one', 'same'), plan('two', 'same')], withNode: false });
  expect((await layers()).filter((name) => name.endsWith('.tar'))).toHaveLength(1);
});

test('a build that was killed leaves nothing that counts, and the next one makes it whole', async () => {
  const { engine } = fakeEngine();
  const plans = [plan('one', 'a')];
  await rooms(engine).build({ toolset, plans, withNode: false });
  const tar = (await layers()).find((name) => name.endsWith('.tar')) ?? '';
  const at = (name: string) => path.join(directory, 'images', 'layers', name);
  // killed between the tar and its record, and in the middle of another
  await rm(at(tar.replace('.tar', '.json')));
  await mkdir(at('files-0123.unfinished'));
  await writeFile(at('files-0123.unfinished.tar'), 'half');
  expect((await rooms(engine).status()).images).toEqual([]);
  expect((await rooms(engine).build({ toolset, plans, withNode: false })).built).toEqual(['one']);
  expect((await rooms(engine).status()).images).toHaveLength(1);
  await rooms(engine).clean('unused');
  expect((await layers()).sort()).toEqual([tar.replace('.tar', '.json'), tar].sort());
});
