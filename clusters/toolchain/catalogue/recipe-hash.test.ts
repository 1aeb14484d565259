import { describe, expect, it } from 'vitest';
import { CATALOGUE } from './catalogue.ts';
import { GO_TOOLCHAIN } from './catalogue-wheels.ts';
import type { GoRecipe } from './recipe.ts';
import { type RecipeSurroundings, recipeHash } from './recipe-hash.ts';

const etcd = CATALOGUE.find(({ component }) => component === 'etcd') as GoRecipe;
const surroundings: RecipeSurroundings = {
  architecture: 'x64',
  goToolchain: GO_TOOLCHAIN,
  goFlags: ['-trimpath'],
  moduleFiles: { 'go.mod': 'module a', 'go.sum': 'b h1:c' },
};
const hash = (recipe: Partial<GoRecipe> = {}, around: Partial<RecipeSurroundings> = {}) =>
  recipeHash({ ...etcd, ...recipe }, { ...surroundings, ...around });

describe('recipeHash', () => {
  it('does not depend on the order of keys', () => {
    const reversed = Object.fromEntries(Object.entries(etcd).reverse()) as unknown as GoRecipe;
    const moduleFiles = { 'go.sum': 'b h1:c', 'go.mod': 'module a' };
    expect(recipeHash(reversed, { ...surroundings, moduleFiles })).toBe(hash());
  });

  it('is the same when only estimates or the question for the version change', () => {
    const programs = etcd.programs.map(({ name, source }) => ({ name, source }));
    expect(hash({ typicalSeconds: 1, buildBytes: 1, installedBytes: 1, programs })).toBe(hash());
  });

  it.each([
    ['go.sum', hash({}, { moduleFiles: { ...surroundings.moduleFiles, 'go.sum': 'b h1:d' } })],
    ['flags', hash({}, { goFlags: [] })],
    ['architecture', hash({}, { architecture: 'arm64' })],
    ['Go toolchain', hash({}, { goToolchain: { ...GO_TOOLCHAIN, release: '1.27.4' } })],
    ['tags', hash({ tags: ['slim'] })],
    ['linker values', hash({ linkerValues: { a: 'b' } })],
    ['data', hash({ data: [{ module: 'm', paths: ['p'] }] })],
    ['version', hash({ version: '3.6.6' })],
  ])('changes with %s', (_what, changed) => {
    expect(changed).not.toBe(hash());
  });
});
