import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { environmentError } from '../../harness/errors/harness-error.ts';
import type { Progress } from '../../harness/ports/progress.ts';
import type { Builder } from './build/builder.ts';
import { CATALOGUE } from './catalogue/catalogue.ts';
import type { Recipe } from './catalogue/recipe.ts';
import { createToolchainFrom } from './toolchain.ts';

let cache: string;
let built: string[];
let said: string[];
beforeEach(async () => {
  cache = await mkdtemp(path.join(tmpdir(), 'canaryproof-toolchain-'));
  built = [];
  said = [];
});
afterEach(() => rm(cache, { recursive: true, force: true }));

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

function toolchain(before: (recipe: Recipe) => void | Promise<void> = () => undefined, catalogue = CATALOGUE) {
  const ports = { cacheDirectory: cache, progress, signal: new AbortController().signal };
  const createBuilder = () => fakeBuilder(before);
  return createToolchainFrom(ports, { catalogue, createBuilder, architecture: 'x64', clock: Date.now });
}

describe('ensure', () => {
  it('builds what is missing once, and hands out true versions, hashes and data files', async () => {
    const first = await toolchain().ensure([{ name: 'etcd' }, { name: 'argo-rollouts', version: '1.8.5' }]);
    expect(first.built.toSorted()).toEqual(['argo-rollouts 1.8.5', 'etcd 3.6.5']);
    const second = await toolchain().ensure([{ name: 'etcd' }, { name: 'argo-rollouts', version: '1.8.5' }]);
    expect(second.built).toEqual([]);
    expect(built).toHaveLength(2);
    const rollouts = second.component('argo-rollouts', 'v1.8.5');
    expect(rollouts.programs['argo-rollouts']).toMatchObject({
      version: 'v1.8.5',
      origin: 'Go module github.com/argoproj/argo-rollouts v1.8.5',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(rollouts.dataFile('crd.yaml')).toBe(path.join(rollouts.directory, 'data/crd.yaml'));
    expect(() => rollouts.dataFile('other.yaml')).toThrow(/keeps no data file/);
    expect(() => second.component('k6')).toThrow(/not asked for/);
  });

  it('keeps versions side by side', async () => {
    const { components } = await toolchain().ensure([
      { name: 'argo-rollouts', version: '1.7.2' },
      { name: 'argo-rollouts', version: '1.9.2' },
    ]);
    expect(new Set(components.map(({ directory }) => directory)).size).toBe(2);
  });

  it('builds again what is damaged, and says why', async () => {
    const { components } = await toolchain().ensure([{ name: 'etcd' }, { name: 'k6' }]);
    await writeFile(path.join(components[0]?.directory ?? '', 'programs/etcd'), 'truncated');
    const healed = await toolchain().ensure([{ name: 'etcd' }, { name: 'k6' }]);
    expect(healed.built).toEqual(['etcd 3.6.5']);
    expect(said.join('\n')).toMatch(/etcd in the cache is damaged \(programs\/etcd has 9 bytes/);
    expect((await toolchain().ensure([{ name: 'etcd' }])).built).toEqual([]);
  });

  it('keeps what succeeded when another build fails, and goes on from there', async () => {
    const refuseEtcd = (recipe: Recipe) => {
      if (recipe.component === 'etcd') throw environmentError('TOOLCHAIN_NETWORK', 'compiling etcd failed: no network');
    };
    // helm is longer than etcd in the catalogue, so etcd is compiled first and alone: make it the second.
    const slowEtcd = CATALOGUE.map((each) => (each.component === 'etcd' ? { ...each, typicalSeconds: 900 } : each));
    const request = [{ name: 'etcd' }, { name: 'helm' }];
    await expect(toolchain(refuseEtcd, slowEtcd).ensure(request)).rejects.toMatchObject({ code: 'TOOLCHAIN_NETWORK' });
    expect(said).toContain('build etcd 3.6.5 failed: compiling etcd failed: no network');
    expect(await readdir(path.join(cache, 'build', 'staging'))).toEqual([]);
    expect((await toolchain(undefined, slowEtcd).ensure(request)).built).toEqual(['etcd 3.6.5']);
  });

  it('removes the build caches after success only, and what killed builders left', async () => {
    await mkdir(path.join(cache, 'build', 'staging', 'etcd-abandoned'), { recursive: true });
    await toolchain().ensure([{ name: 'k6' }]);
    expect((await readdir(cache)).toSorted()).toEqual(['components', 'lock', 'timings.json']);
    expect(said.at(-1)).toMatch(/build caches: .* at their largest, removed/);
  });

  it('two at once build once', async () => {
    const gate = Promise.withResolvers<void>();
    const held = toolchain(() => gate.promise).ensure([{ name: 'etcd' }]);
    const second = toolchain().ensure([{ name: 'etcd' }]);
    await expect.poll(() => said.some((text) => text.includes('waiting until it is done'))).toBe(true);
    gate.resolve();
    const both = await Promise.all([held, second]);
    expect(both.map((toolset) => toolset.built)).toContainEqual([]);
    expect(built).toEqual(['etcd']);
  });

  it('refuses before it builds when the disk is too small', async () => {
    const huge = CATALOGUE.map((each) => (each.component === 'etcd' ? { ...each, buildBytes: 2 ** 60 } : each));
    await expect(toolchain(undefined, huge).ensure([{ name: 'etcd' }])).rejects.toMatchObject({
      code: 'DISK_TOO_SMALL',
      exitCode: 3,
      hint: expect.stringContaining('CANARYPROOF_CACHE'),
    });
    expect(built).toEqual([]);
  });
});

describe('status and clean', () => {
  it('tells installed, damaged, missing and outdated apart, and gives space back', async () => {
    const { components } = await toolchain().ensure([{ name: 'etcd' }, { name: 'k6' }]);
    await rm(path.join(components[1]?.directory ?? '', 'programs/k6'));
    await mkdir(path.join(cache, 'components', 'etcd-3.5.0-0123456789ab'));
    const status = await toolchain().status();
    const state = (name: string) => status.components.find(({ component }) => component === name)?.state;
    expect([state('etcd'), state('k6'), state('helm')]).toEqual(['installed', 'damaged', 'missing']);
    expect(status.outdated.directories).toHaveLength(1);
    await toolchain().clean('outdated');
    expect((await toolchain().status()).outdated.directories).toEqual([]);
    expect(await toolchain().clean('everything')).toBeGreaterThan(0);
    expect((await toolchain().status()).components.every((each) => each.state === 'missing')).toBe(true);
  });
});
