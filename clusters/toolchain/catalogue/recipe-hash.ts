/**
 * The cache key of a component: everything that decides its bytes, and nothing else. Time estimates and the way a
 * program is asked for its version are left out, so that correcting them rebuilds nothing.
 */
import { createHash } from 'node:crypto';
import type { Architecture, GoRecipe, Recipe, WheelRecipe } from './recipe.ts';

/** Raise when the way of building or installing changes what ends up in the cache. */
const METHOD = 1;

export interface RecipeSurroundings {
  readonly architecture: Architecture;
  /** Of the Go toolchain's wheel, and the flags every Go build gets. */
  readonly goToolchain: WheelRecipe;
  readonly goFlags: readonly string[];
  /** File name -> content of the wrapper module, or of the locked tree; empty for a wheel. */
  readonly moduleFiles: Readonly<Record<string, string>>;
}

/** 64 hexadecimal digits; the same for the same inputs in any order of object keys. */
export function recipeHash(recipe: Recipe, surroundings: RecipeSurroundings): string {
  const inputs = {
    method: METHOD,
    architecture: surroundings.architecture,
    component: recipe.component,
    version: recipe.version,
    programs: recipe.programs.map(({ name, source }) => ({ name, source })),
    ...inputsOf(recipe, surroundings),
  };
  return createHash('sha256').update(canonicalJson(inputs)).digest('hex');
}

function inputsOf(recipe: Recipe, surroundings: RecipeSurroundings) {
  if (recipe.kind === 'go') return goInputs(recipe, surroundings);
  if (recipe.kind === 'npm') return { lock: surroundings.moduleFiles };
  return wheelInputs(recipe, surroundings.architecture);
}

function goInputs(recipe: GoRecipe, { goToolchain, goFlags, moduleFiles, architecture }: RecipeSurroundings) {
  const { tags, linkerValues, data, experiment } = recipe;
  // left out where there is none, so that it changes no other hash
  return { tags, linkerValues, data, experiment, goFlags, moduleFiles, go: wheelInputs(goToolchain, architecture) };
}

function wheelInputs({ distribution, release, wheels, tree }: WheelRecipe, architecture: Architecture) {
  return { distribution, release, wheel: wheels[architecture], tree };
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
