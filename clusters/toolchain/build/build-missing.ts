/** Builds what is not in the cache, each with a progress step of its own; runs under the cache's lock. */
import { setInterval } from 'node:timers';
import { EXIT, HarnessError } from '../../../harness/errors/harness-error.ts';
import type { Progress, StepHandle } from '../../../harness/ports/progress.ts';
import type { Recipe } from '../catalogue/recipe.ts';
import { describeTime, roughly } from '../go/go-progress.ts';
import { explainBuildFailure } from './build-failure.ts';
import { runSchedule } from './build-schedule.ts';
import type { Builder } from './builder.ts';
import { installComponent } from './install.ts';
import type { BuildTimes } from './timings.ts';

export interface LocatedRecipe {
  readonly recipe: Recipe;
  readonly hash: string;
  /** Where it is, or will be. */
  readonly directory: string;
}

export interface BuildRun {
  readonly builder: Builder;
  readonly stagingDirectory: string;
  readonly logFileOf: (recipe: Recipe) => string;
  readonly workers: number;
  readonly times: BuildTimes;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Cancels the other builds when one has failed. */
  readonly cancel: (reason: unknown) => void;
  readonly clock: () => number;
}

/** @throws HarnessError of the first build that failed. */
export async function buildMissing(missing: readonly LocatedRecipe[], run: BuildRun): Promise<void> {
  const located = new Map(missing.map((each) => [each.recipe, each]));
  const steps = new Map<Recipe, StepHandle>();
  const stepOf = (recipe: Recipe): StepHandle => {
    const step = steps.get(recipe) ?? run.progress.step(`build ${recipe.component} ${recipe.version}`);
    steps.set(recipe, step);
    return step;
  };
  const prefetch = async (recipe: Recipe) => {
    const step = stepOf(recipe);
    await failing(recipe, step, run, 'downloading', () => run.builder.prefetch(recipe, (text) => step.update(text)));
    if (recipe.kind === 'go') step.update('downloaded, waits for its turn');
  };
  const build = async (recipe: Recipe) => {
    const step = stepOf(recipe);
    const at = located.get(recipe);
    if (at) await failing(recipe, step, run, 'building', () => buildOne(at, step, run));
  };
  await runSchedule(
    missing.map(({ recipe }) => recipe),
    run.workers,
    { prefetch, build },
    (error) => {
      run.cancel(error);
      for (const [recipe, step] of steps) if (!ended.has(step)) step.update(`stopping (${recipe.component})`);
    },
  ).finally(() => {
    for (const step of steps.values()) if (!ended.has(step)) step.fail('stopped before it was done');
  });
}

/** Steps that have said done or fail; a step must do so exactly once. */
const ended = new WeakSet<StepHandle>();

async function buildOne({ recipe, hash, directory }: LocatedRecipe, step: StepHandle, run: BuildRun): Promise<void> {
  const started = run.clock();
  const usualMs = run.times.usualMs(recipe);
  let doing = 'starting';
  const tell = () => step.update(`${doing}, ${describeTime(run.clock() - started, usualMs)}`);
  const ticker = setInterval(tell, 1_000);
  try {
    const { component, version, origin } = recipe;
    const identity = { component, version, origin, recipeHash: hash };
    const manifest = await installComponent(
      { directory, stagingDirectory: run.stagingDirectory, identity, clock: run.clock },
      (staging) =>
        run.builder.fill(recipe, staging, (text) => {
          doing = text;
          tell();
        }),
    );
    const took = run.clock() - started;
    await run.times.record(recipe, took);
    ended.add(step);
    const versions = [...new Set(manifest.programs.map((program) => program.version))].join(', ');
    step.done(`${manifest.programs.map(({ name }) => name).join(', ')} ${versions}, ${roughly(took)}`);
  } finally {
    clearInterval(ticker);
  }
}

async function failing(recipe: Recipe, step: StepHandle, run: BuildRun, doing: string, work: () => Promise<void>) {
  try {
    if (run.signal.aborted) throw interrupted(recipe);
    await work();
  } catch (error) {
    const what = `${recipe.component} ${recipe.version}`;
    const explained = explainBuildFailure({ what, doing, logFile: run.logFileOf(recipe) }, error);
    ended.add(step);
    step.fail(explained.message.split('\n')[0] ?? explained.code);
    throw explained;
  }
}

function interrupted(recipe: Recipe): HarnessError {
  return new HarnessError('INTERRUPTED', EXIT.interrupted, `interrupted before building ${recipe.component}`);
}
