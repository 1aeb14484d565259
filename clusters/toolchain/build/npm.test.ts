import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fewOf } from '../../../harness/testkit/runner/thorough.ts';
import { NPM_PACKAGES } from '../catalogue/catalogue-npm.ts';
import type { NpmRecipe } from '../catalogue/recipe.ts';
import { bundledModulesDirectory } from '../go/wrapper-module.ts';
import { fillFromNpm, readLockedTree } from './npm.ts';

let directory: string;
let modules: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'canaryproof-npm-'));
  modules = path.join(directory, 'modules');
  await mkdir(path.join(modules, 'tool'), { recursive: true });
  await mkdir(path.join(directory, 'target'));
  for (const name of ['package.json', 'package-lock.json']) await writeFile(path.join(modules, 'tool', name), '{}');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true, force: true });
});

const recipe: NpmRecipe = {
  ...{ kind: 'npm', component: 'tool', version: '1.2.3', origin: 'npm package tool 1.2.3', moduleFolder: 'tool' },
  programs: [{ name: 'tool', source: '@scope/tool/dist/main.js' }],
  ...{ typicalSeconds: 1, buildBytes: 1, installedBytes: 1 },
};

/** In the place of npm: writes down how it was called, and installs what the script says. */
async function playNpm(script: string): Promise<void> {
  const bin = path.join(directory, 'bin');
  await mkdir(bin);
  await writeFile(
    path.join(bin, 'npm'),
    `#!/bin/sh\necho "$@" > ${directory}/called\npwd > ${directory}/where\n${script}\n`,
  );
  await chmod(path.join(bin, 'npm'), 0o755);
  vi.stubEnv('PATH', `${bin}:/usr/bin:/bin`);
}

const fill = () =>
  fillFromNpm(recipe, path.join(directory, 'target'), {
    ...{
      modulesDirectory: modules,
      cacheDirectory: path.join(directory, 'cache'),
      logFile: path.join(directory, 'log'),
    },
    ...{ signal: new AbortController().signal, say: () => undefined },
  });

test('the locked tree is installed by npm, whole and without any script, and what nobody runs is left out', async () => {
  await playNpm(
    [
      'mkdir -p node_modules/@scope/tool/dist',
      'cd node_modules/@scope/tool',
      'echo \'{"name":"@scope/tool","version":"1.2.4"}\' > package.json',
      'for name in main.js main.js.map main.d.ts main.d.cts main.test.js; do echo x > dist/$name; done',
    ].join('\n'),
  );
  const { programs, described } = await fill();
  // what the package says of itself
  expect(programs).toEqual([
    {
      name: 'tool',
      file: 'tree/node_modules/@scope/tool/dist/main.js',
      version: '1.2.4',
      origin: 'npm package @scope/tool 1.2.4',
    },
  ]);
  expect(described).toEqual(['tree']);
  const called = await readFile(path.join(directory, 'called'), 'utf8');
  expect(called).toMatch(/^ci --ignore-scripts /);
  expect((await readFile(path.join(directory, 'where'), 'utf8')).trim()).toBe(path.join(directory, 'target', 'tree'));
  expect(await readdir(path.join(directory, 'target/tree/node_modules/@scope/tool/dist'))).toEqual(['main.js']);
});

test.each(
  fewOf(2, [
    ['npm error code EINTEGRITY', 'TOOLCHAIN_CHECKSUM'],
    ['npm error code ENOTFOUND', 'TOOLCHAIN_NETWORK'],
    ['npm error code EAI_AGAIN', 'TOOLCHAIN_NETWORK'],
    ['npm error code ETARGET', 'TOOLCHAIN_NOT_SERVED'],
    ['npm error code E404', 'TOOLCHAIN_NOT_SERVED'],
  ]),
)('%s is %s', async (words, code) => {
  await playNpm(`echo "${words}" >&2; exit 1`);
  await expect(fill()).rejects.toMatchObject({ code });
});

test('a lock that brings another package than the recipe names is said', async () => {
  await playNpm('mkdir node_modules');
  await expect(fill()).rejects.toMatchObject({ code: 'TOOLCHAIN_DATA_MISSING' });
});

test('a recipe without its lock is an installation that is not whole', async () => {
  await rm(path.join(modules, 'tool', 'package-lock.json'));
  await expect(readLockedTree(modules, 'tool')).rejects.toMatchObject({ code: 'TOOLCHAIN_INCOMPLETE' });
});

test.each(NPM_PACKAGES.map((one) => [one.component, one] as const))(
  '%s: its lock pins every package by hash, and names no registry',
  async (_, { moduleFolder, version }) => {
    const files = await readLockedTree(bundledModulesDirectory(), moduleFolder);
    const lock = JSON.parse(files['package-lock.json'] ?? '') as {
      packages: Record<string, { integrity?: string; resolved?: string; version?: string }>;
    };
    const { '': root, ...packages } = lock.packages;
    expect(root).toMatchObject({ dependencies: { 'unleash-server': version } });
    expect(Object.keys(packages).length).toBeGreaterThan(100);
    expect(Object.entries(packages).filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))).toEqual([]);
    expect(files['package-lock.json']).not.toMatch(/"resolved"|https?:\/\/registry/);
  },
);
