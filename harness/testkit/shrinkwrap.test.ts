import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../process/package-root.ts';
import { type LockFile, shrinkwrapOf } from './shrinkwrap.ts';

const lock = {
  ...{ name: 'x', version: '1', lockfileVersion: 3 },
  packages: {
    '': {
      ...{ name: 'x', dependencies: { a: '1' }, devDependencies: { b: '1' } },
      optionalDependencies: { 'chartjs-node-canvas': '5' },
    },
    'node_modules/a': { version: '1', integrity: 'sha512-a', resolved: 'https://registry.example.com/a.tgz' },
    'node_modules/b': { version: '1', integrity: 'sha512-b', dev: true },
    'node_modules/chartjs-node-canvas': { version: '5', integrity: 'sha512-c', optional: true },
    'node_modules/canvas': { resolved: 'shim', link: true },
    shim: { name: 'canvas' },
  },
};

test('holds what a user needs, with its hash and from any registry', () => {
  expect(shrinkwrapOf(lock)).toEqual({
    ...{ name: 'x', version: '1', lockfileVersion: 3 },
    packages: {
      '': { name: 'x', dependencies: { a: '1' } },
      'node_modules/a': { version: '1', integrity: 'sha512-a' },
    },
  });
});

test('a package without a hash is no pin', () => {
  const packages = { ...lock.packages, 'node_modules/a': { version: '1' } };
  expect(() => shrinkwrapOf({ ...lock, packages })).toThrow('node_modules/a has no hash');
});

test('of this checkout: every dependency, no registry, nothing of development', () => {
  const text = readFileSync(path.join(packageRoot(), 'package-lock.json'), 'utf8');
  const made = shrinkwrapOf(JSON.parse(text) as LockFile);
  const { dependencies } = JSON.parse(readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) expect(made.packages).toHaveProperty([`node_modules/${name}`]);
  expect(made.packages).not.toHaveProperty(['node_modules/vitest']);
  for (const system of ['linux', 'darwin'])
    for (const processor of ['x64', 'arm64']) {
      const canvas = `canvas-${system}-${processor}${system === 'linux' ? '-gnu' : ''}`;
      expect(made.packages).toHaveProperty([`node_modules/@esbuild/${system}-${processor}`]);
      expect(made.packages).toHaveProperty([`node_modules/@napi-rs/${canvas}`]);
    }
  expect(made.packages).not.toHaveProperty(['node_modules/@esbuild/win32-x64']);
  expect(JSON.stringify(made)).not.toMatch(/"resolved"|https?:\/\/[^"]*registry/);
});
