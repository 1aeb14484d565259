import { describe, expect, it } from 'vitest';
import { bundledModulesDirectory, readWrapperModule } from '../go/wrapper-module.ts';
import { CATALOGUE } from './catalogue.ts';

const goRecipes = CATALOGUE.filter((recipe) => recipe.kind === 'go');
const wheelRecipes = CATALOGUE.filter((recipe) => recipe.kind === 'wheel');

describe('catalogue', () => {
  it('has each component and version once', () => {
    const keys = CATALOGUE.map(({ component, version }) => `${component} ${version}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('has the four releases of Argo Rollouts, newest first', () => {
    const versions = CATALOGUE.filter(({ component }) => component === 'argo-rollouts').map(({ version }) => version);
    expect(versions).toEqual(['1.9.2', '1.9.0', '1.8.5', '1.7.2']);
  });

  it.each(goRecipes.map((recipe) => [`${recipe.component} ${recipe.version}`, recipe] as const))(
    '%s has a wrapper module that requires what its origin says',
    async (_name, recipe) => {
      const files = await readWrapperModule(bundledModulesDirectory(), recipe.moduleFolder);
      expect(files['go.sum']).toContain(' h1:');
      const [, module, version] = /^Go module (\S+) (\S+)$/.exec(recipe.origin) ?? [];
      if (module === undefined) return expect(Object.keys(files).join()).toMatch(/(^|[/,])main\.go/); // our own programs
      expect(files['go.mod']).toMatch(new RegExp(`\\s${module} ${version}( // indirect)?\\n`));
      expect(files['go.mod'], 'a path of somebody’s machine').not.toMatch(/=> [./]/);
      for (const { source } of recipe.programs) expect(files['go.mod']).toContain(source);
    },
  );

  it.each(goRecipes.flatMap((recipe) => recipe.data.map((data) => [data.module, recipe] as const)))(
    'data module %s is required by its wrapper',
    async (module, recipe) => {
      const files = await readWrapperModule(bundledModulesDirectory(), recipe.moduleFolder);
      expect(files['go.mod']).toContain(`${module} v`);
    },
  );

  it.each(wheelRecipes.map((recipe) => [recipe.component, recipe] as const))(
    'wheel %s is pinned for x64, and has another way elsewhere',
    (_name, { wheels, systemFallback }) => {
      expect(wheels.x64?.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(wheels.arm64 !== undefined || systemFallback !== undefined).toBe(true);
    },
  );
});
