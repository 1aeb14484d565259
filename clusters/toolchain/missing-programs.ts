/** Which programs of the cache are whole, and building those that are not while nobody else builds. */
import { cpus } from 'node:os';
import path from 'node:path';
import { availableMemory } from 'node:process';
import type { Progress } from '../../harness/ports/progress.ts';
import { bootMoment } from '../../harness/process/boot-moment.ts';
import { removeOwnTree } from '../../harness/process/remove-own-tree.ts';
import { buildMissing, type LocatedRecipe } from './build/build-missing.ts';
import { compileWorkers } from './build/build-schedule.ts';
import type { Builder, BuilderPlace } from './build/builder.ts';
import { readBuildTimes } from './build/timings.ts';
import type { CacheLayout } from './cache-layout.ts';
import type { Architecture, Recipe } from './catalogue/recipe.ts';
import { directoryBytes, gibibytes, neededBytes, requireDiskSpace } from './disk-space.ts';
import type { GoCaches } from './go/go-environment.ts';
import { type Inspection, inspectComponent } from './manifest.ts';
import { isVerified, notTrusted, recordVerified } from './trust.ts';

const SLOW_MS = 2_000;

/** What was not hashed since the machine started is hashed now, before anything of it runs; the rest is looked at. */
export async function inspectAll(
  located: readonly LocatedRecipe[],
  progress: Progress,
): Promise<readonly Inspection[]> {
  const { id: boot } = await bootMoment();
  const say = () => progress.note('checking the built programs, once since the machine started');
  const slow = setTimeout(say, SLOW_MS);
  const found: Inspection[] = [];
  try {
    for (const { directory, hash } of located) {
      const thorough = !(await isVerified(directory, boot));
      const inspection = await inspectComponent(directory, hash, { thorough });
      if (inspection.state === 'untrusted') throw notTrusted(directory, inspection.reason);
      if (thorough && inspection.state === 'intact')
        await recordVerified(directory, boot, Object.keys(inspection.manifest.files));
      found.push(inspection);
    }
    return found;
  } finally {
    clearTimeout(slow);
  }
}

export interface MissingProgramsPorts {
  readonly layout: CacheLayout;
  readonly modulesDirectory: string;
  /** Of somebody else: used, and not removed afterwards. */
  readonly goCaches: GoCaches | undefined;
  readonly catalogue: readonly Recipe[];
  readonly createBuilder: (place: BuilderPlace) => Builder;
  readonly architecture: Architecture;
  readonly clock: () => number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Needs the lock of the cache.
 * @param cancel ends the build when it is aborted, and is aborted when a build fails
 * @returns names of what was built: another builder may have done some of it while we waited for the lock
 */
export async function buildUnderLock(
  located: readonly LocatedRecipe[],
  ports: MissingProgramsPorts,
  cancel: AbortController,
): Promise<readonly string[]> {
  const { layout, architecture, modulesDirectory, progress, clock } = ports;
  const found = await inspectAll(located, progress);
  const missing = located.filter((_each, index) => found[index]?.state !== 'intact');
  if (missing.length === 0) return [];
  for (const [index, inspection] of found.entries())
    if (inspection.state === 'damaged')
      progress.note(
        `${located[index]?.recipe.component} in the cache is damaged (${inspection.reason}): building it again`,
      );

  // Nobody else builds now: staging folders are those of killed builders.
  await removeOwnTree(layout.staging);
  const recipes = missing.map(({ recipe }) => recipe);
  const ownCaches = ports.goCaches === undefined;
  await requireDiskSpace(layout.root, neededBytes(recipes, ownCaches), await directoryBytes(layout.build));
  const signal = AbortSignal.any([ports.signal, cancel.signal]);
  const goCaches = ports.goCaches ?? {
    modules: path.join(layout.build, 'modules'),
    builds: path.join(layout.build, 'compiled'),
  };
  await buildMissing(missing, {
    builder: ports.createBuilder({ layout, architecture, modulesDirectory, goCaches, signal, clock }),
    stagingDirectory: layout.staging,
    logFileOf: (recipe) => path.join(layout.logs, `${recipe.component}-${recipe.version}.log`),
    workers: compileWorkers(cpus().length, availableMemory()),
    times: await readBuildTimes(layout.timingsFile, ports.catalogue, ownCaches),
    progress,
    signal,
    cancel: (reason) => cancel.abort(reason),
    clock,
  });
  await removeBuildCaches(layout, progress);
  return recipes.map(({ component, version }) => `${component} ${version}`);
}

async function removeBuildCaches(layout: CacheLayout, progress: Progress): Promise<void> {
  const peak = await directoryBytes(layout.build);
  // ten gigabytes in small files: minutes on a slow disk
  const removal = progress.step(`remove the build caches, ${gibibytes(peak)}`);
  try {
    await removeOwnTree(layout.build);
  } catch (error) {
    removal.fail(error instanceof Error ? error.message : String(error));
    throw error;
  }
  removal.done(`${gibibytes(await directoryBytes(layout.root))} stay in ${layout.root}`);
}
