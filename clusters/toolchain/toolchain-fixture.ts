import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach } from 'vitest';
import type { Progress } from '../../harness/ports/progress.ts';
import type { Builder } from './build/builder.ts';
import { CATALOGUE } from './catalogue/catalogue.ts';
import type { Recipe } from './catalogue/recipe.ts';
import { createToolchainFrom } from './toolchain.ts';

export let cache: string;

export let built: string[];

export let said: string[];

const progress: Progress = {
  step: (name) => ({
    update: () => undefined,
    done: (text) => said.push(`${name}: ${text}`),
    fail: (text) => said.push(`${name} failed: ${text}`),
  }),
  note: (text) => said.push(text),
};

/** Makes one program and one data file per component; `before` may refuse. */
function fakeBuilder(before: (recipe: Recipe) => void | Promise<void>): Builder {
  return {
    prefetch: async () => undefined,
    async fill(recipe, directory) {
      await before(recipe);
      built.push(recipe.component);
      await mkdir(path.join(directory, 'programs'));
      await mkdir(path.join(directory, 'data'));
      await writeFile(path.join(directory, 'programs', recipe.component), `program of ${recipe.version}`);
      await writeFile(path.join(directory, 'data', 'crd.yaml'), 'kind: X');
      const file = `programs/${recipe.component}`;
      const programs = [{ name: recipe.component, file, version: `v${recipe.version}`, origin: recipe.origin }];
      return { programs, described: ['programs', 'data'] };
    },
  };
}

export function toolchain(before: (recipe: Recipe) => void | Promise<void> = () => undefined, catalogue = CATALOGUE) {
  const ports = { cacheDirectory: cache, progress, signal: new AbortController().signal };
  const createBuilder = () => fakeBuilder(before);
  return createToolchainFrom(ports, { catalogue, createBuilder, architecture: 'x64', clock: Date.now });
}

/** Called once by each file of tests: makes what they need, in a folder that goes with the run. */
export function toolchainCache(): void {
  beforeEach(async () => {
    cache = await mkdtemp(path.join(tmpdir(), 'canaryproof-toolchain-'));
    built = [];
    said = [];
  });
}
