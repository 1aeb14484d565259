/** What the quick and the thorough tests of images share. */

import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeEach } from 'vitest';
import { createSilentProgress } from '../../harness/testkit/fakes/silent-progress.ts';
import { createToolset } from '../toolchain/toolset.ts';
import type { Engine, EngineImage } from './engine.ts';
import { textFile } from './image-parts.ts';
import type { ImagePlan } from './image-plan.ts';
import { createImages } from './images.ts';

export let directory: string;

export const toolset = createToolset([], []);

export const plan = (name: string, text: string): ImagePlan => ({
  name,
  tags: [`r.example/${name}:1`, `r.example/${name}:latest`],
  version: '1',
  base: 'none',
  files: [textFile('/etc/words', text)],
  config: { command: ['cat', '/etc/words'] },
  parts: ['words'],
});

/** An engine that reads the tags and labels of what it is given, as the real one does. */
export function fakeEngine() {
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

export function rooms(engine: Engine, signal = new AbortController().signal) {
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

export const layers = () => readdir(path.join(directory, 'images', 'layers'));

/** Called once by each file of tests: makes what they need, in a folder that goes with the run. */
export function imageFolder(): void {
  beforeEach(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'images-'));
  });
}
