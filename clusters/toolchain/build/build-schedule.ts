/**
 * The order of a run of builds: wheels and npm packages in one lane; Go components download one after another and compile as soon as
 * their modules are there. The smallest compiles alone first: it fills the shared cache with the standard library,
 * which two at once would both compile. After it the longest go first, so that the end has no long tail.
 */
import pLimit from 'p-limit';
import type { Recipe } from '../catalogue/recipe.ts';

const GIB = 1024 ** 3;

export interface ScheduledWork {
  prefetch(recipe: Recipe): Promise<void>;
  build(recipe: Recipe): Promise<void>;
}

/** Go compiles on all cores by itself; a second build fills the gaps of serial linking, and wants its own memory. */
export function compileWorkers(cores: number, availableBytes: number): 1 | 2 {
  return cores >= 2 && availableBytes >= 8 * GIB ? 2 : 1;
}

export function compileOrder(recipes: readonly Recipe[]): readonly Recipe[] {
  const longestFirst = recipes.toSorted((a, b) => b.typicalSeconds - a.typicalSeconds);
  return [...longestFirst.slice(-1), ...longestFirst.slice(0, -1)];
}

/**
 * Runs everything, or stops at the first failure: `onFailure` is called at once (to cancel what runs), the rest is
 * not started, and the first error is thrown when all have ended.
 */
export async function runSchedule(
  recipes: readonly Recipe[],
  workers: number,
  work: ScheduledWork,
  onFailure: (error: unknown) => void,
): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  const guarded = async (task: () => Promise<void>): Promise<void> => {
    if (failure) return;
    await task().catch((error: unknown) => {
      if (failure) return; // a consequence of the first
      failure = { error };
      onFailure(error);
    });
  };
  const downloadLane = async () => {
    for (const recipe of recipes.filter(({ kind }) => kind !== 'go'))
      await guarded(async () => {
        await work.prefetch(recipe);
        await work.build(recipe);
      });
  };
  const goLane = async () => {
    const compile = pLimit(1);
    const builds: Promise<void>[] = [];
    for (const recipe of compileOrder(recipes.filter(({ kind }) => kind === 'go'))) {
      await guarded(() => work.prefetch(recipe));
      builds.push(
        compile(() => guarded(() => work.build(recipe))).finally(() => {
          compile.concurrency = workers;
        }),
      );
    }
    await Promise.all(builds);
  };
  await Promise.all([downloadLane(), goLane()]);
  if (failure) throw failure.error;
}
