/** Builds that are killed, and clusters' stores; images.test.ts holds the core. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSilentProgress } from '../../harness/testkit/fakes/silent-progress.ts';
import { createToolset } from '../toolchain/toolset.ts';
import type { Engine, EngineImage } from './engine.ts';
import { textFile } from './image-parts.ts';
import type { ImagePlan } from './image-plan.ts';
import { createImages } from './images.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'images-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const toolset = createToolset([], []);
const plan = (name: string, text: string): ImagePlan => ({
  name,
  tags: [`r.example/${name}:1`, `r.example/${name}:latest`],
  version: '1',
  base: 'none',
  files: [textFile('/etc/words', text)],
  config: { command: ['cat', '/etc/words'] },
  parts: ['words'],
});

/** An engine that reads the tags and labels of what it is given, as the real one does. */
function fakeEngine() {
  const held = new Map<string, EngineImage>();
  const archives: string[][] = [];
  const engine: Engine = {
    version: async () => '99',
    inspect: async (reference) => held.get(reference),
    ownImages: async () => [...held.keys()],
    async load(archive) {
      const read = (name: string) => JSON.parse(execFileSync('tar', ['-xOf', archive, name], { encoding: 'utf8' }));
      const manifest = read('manifest.json') as { Config: string; RepoTags: string[]; Layers: string[] }[];
      archives.push(manifest.flatMap(({ RepoTags }) => RepoTags));
      for (const { Config, RepoTags } of manifest) {
        const labels = read(Config).config.Labels as Record<string, string>;
        for (const tag of RepoTags)
          held.set(tag, { id: Config, bytes: 1, recipe: labels['dev.canaryproof.recipe'], origin: '' });
      }
    },
    tag: async () => undefined,
    async remove(references) {
      for (const reference of references) held.delete(reference);
    },
  };
  return { engine, held, archives };
}

function rooms(engine: Engine, signal = new AbortController().signal) {
  const progress = createSilentProgress();
  return createImages({
    cacheDirectory: directory,
    engine,
    progress,
    signal,
    architecture: 'amd64',
    debianMirror: undefined,
  });
}
const layers = () => readdir(path.join(directory, 'images', 'layers'));

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
