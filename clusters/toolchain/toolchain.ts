/**
 * Makes pinned, checksummed programs on demand. What is installed is checked cheaply and used; what is missing or
 * damaged is built under a lock, in build caches of our own that are removed once everything asked for is there.
 */
import { cpus } from 'node:os';
import path from 'node:path';
import { arch, availableMemory, platform } from 'node:process';
import { environmentError } from '../../harness/errors/harness-error.ts';
import type { Progress } from '../../harness/ports/progress.ts';
import { bootMoment } from '../../harness/process/boot-moment.ts';
import { removeOwnTree } from '../../harness/process/remove-own-tree.ts';
import { buildMissing, type LocatedRecipe } from './build/build-missing.ts';
import { compileWorkers } from './build/build-schedule.ts';
import { type Builder, type BuilderPlace, createBuilder } from './build/builder.ts';
import { readLockedTree } from './build/npm.ts';
import { readBuildTimes } from './build/timings.ts';
import type { ExportedBundle } from './bundle/export-bundle.ts';
import { exportInstalled, type ImportedBundle, type ImportOptions, importInstalled } from './bundle/installed.ts';
import { type CacheLayout, cacheLayout, directoryName } from './cache-layout.ts';
import { withCacheLock } from './cache-lock.ts';
import { cleanCache, type Removal, readStatus, type ToolchainStatus } from './cache-status.ts';
import { CATALOGUE } from './catalogue/catalogue.ts';
import { GO_TOOLCHAIN } from './catalogue/catalogue-wheels.ts';
import type { Architecture, Recipe } from './catalogue/recipe.ts';
import { recipeHash } from './catalogue/recipe-hash.ts';
import { directoryBytes, gibibytes, neededBytes, requireDiskSpace } from './disk-space.ts';
import { GO_BUILD_FLAGS, GO_LINKER_FLAGS, type GoCaches } from './go/go-environment.ts';
import { bundledModulesDirectory, readWrapperModule } from './go/wrapper-module.ts';
import { type Inspection, inspectComponent } from './manifest.ts';
import { type ComponentRequest, selectRecipes } from './selection.ts';
import { createToolset, type InstalledComponent, installedComponent, type Toolset } from './toolset.ts';
import { isVerified, notTrusted, recordVerified, requireTrustedFolders } from './trust.ts';

export interface ToolchainPorts {
  readonly cacheDirectory: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Go caches of somebody else (CI, a developer): used, and not removed afterwards. */
  readonly goCaches?: GoCaches;
  /** Where the wrapper modules are, if not beside this file. */
  readonly modulesDirectory?: string;
}

export interface Toolchain {
  /**
   * Everything asked for, installed. Nothing is written when it already is.
   * @throws HarnessError COMPONENT_* (usage), DISK_TOO_SMALL, CACHE_NOT_WRITABLE, TOOLCHAIN_*, PROGRAM_*, INTERRUPTED
   */
  ensure(requests: readonly ComponentRequest[]): Promise<Toolset>;
  /** What is installed; `thorough` hashes every file. */
  status(options?: { readonly thorough?: boolean }): Promise<ToolchainStatus>;
  /** What is installed whole, of the recipes of this version. */
  installed(): Promise<readonly InstalledComponent[]>;
  /** @returns bytes given back. */
  clean(what: Removal): Promise<number>;
  /**
   * Writes what is asked for into one file; nothing asked for is everything installed.
   * @throws HarnessError TOOLCHAIN_NOTHING_TO_EXPORT, COMPONENT_*, and those of exportBundle
   */
  exportTo(file: string, requests: readonly ComponentRequest[]): Promise<ExportedBundle>;
  /** Installs what the file holds of this version's recipes. @throws HarnessError TOOLCHAIN_FILE_*, CACHE_NOT_TRUSTED */
  importFrom(file: string, options?: ImportOptions): Promise<ImportedBundle>;
}

/** The parts that tests replace. */
export interface ToolchainParts {
  readonly catalogue: readonly Recipe[];
  readonly createBuilder: (place: BuilderPlace) => Builder;
  readonly architecture: Architecture;
  readonly clock: () => number;
  readonly staleLockAfterMs?: number;
}

export function createToolchain(ports: ToolchainPorts): Toolchain {
  return createToolchainFrom(ports, {
    catalogue: CATALOGUE,
    createBuilder,
    architecture: thisArchitecture(),
    clock: Date.now,
  });
}

export function createToolchainFrom(ports: ToolchainPorts, parts: ToolchainParts): Toolchain {
  const layout = cacheLayout(ports.cacheDirectory);
  const modulesDirectory = ports.modulesDirectory ?? bundledModulesDirectory();
  const { catalogue, architecture } = parts;

  const locate = async (recipe: Recipe): Promise<LocatedRecipe> => {
    const moduleFiles = await moduleFilesOf(recipe, modulesDirectory);
    const goFlags = [...GO_BUILD_FLAGS, ...GO_LINKER_FLAGS];
    const hash = recipeHash(recipe, { architecture, goToolchain: GO_TOOLCHAIN, goFlags, moduleFiles });
    return { recipe, hash, directory: path.join(layout.components, directoryName(recipe, hash)) };
  };
  const locked = <T>(work: () => Promise<T>, onLost: (error: Error) => void = () => undefined): Promise<T> => {
    const onWait = (holder: string) =>
      ports.progress.note(`${holder} is building in ${layout.root}; waiting until it is done`);
    const { signal } = ports;
    const staleAfter = parts.staleLockAfterMs === undefined ? {} : { staleAfterMs: parts.staleLockAfterMs };
    return withCacheLock(layout.lockFile, { signal, onWait, onLost, ...staleAfter }, work);
  };

  return {
    async ensure(requests) {
      const located = await Promise.all(selectRecipes(catalogue, requests).map(locate));
      await requireTrustedFolders([layout.root, layout.components, layout.trust]);
      const before = await inspectAll(located, ports.progress);
      let built: readonly string[] = [];
      if (before.some(({ state }) => state !== 'intact')) {
        const lost = new AbortController();
        built = await locked(
          () => buildUnderLock(located, layout, modulesDirectory, ports, parts, lost),
          (error) =>
            lost.abort(environmentError('CACHE_LOCK_LOST', `the lock of the cache was lost: ${error.message}`)),
        );
      }
      const after = await inspectAll(located, ports.progress);
      const components = located.map(({ directory, recipe }, index) => {
        const found = after[index];
        if (found?.state === 'intact') return installedComponent(directory, found.manifest);
        throw environmentError('CACHE_CHANGED', `${recipe.component} vanished from the cache while it was used`, {
          where: directory,
          hint: 'Something else removed it: run the command again.',
        });
      });
      return createToolset(components, built);
    },
    async status(options = {}) {
      return readStatus(layout, await Promise.all(catalogue.map(locate)), options.thorough ?? false);
    },
    async installed() {
      const located = await Promise.all(catalogue.map(locate));
      const found = await Promise.all(
        located.map(({ directory, hash }) => inspectComponent(directory, hash, { thorough: false })),
      );
      return located.flatMap(({ directory }, index) => {
        const inspection = found[index];
        return inspection?.state === 'intact' ? [installedComponent(directory, inspection.manifest)] : [];
      });
    },
    async exportTo(file, requests) {
      const recipes = requests.length === 0 ? catalogue : selectRecipes(catalogue, requests);
      const located = await Promise.all(recipes.map(locate));
      await requireTrustedFolders([layout.root, layout.components, layout.trust]);
      return exportInstalled(file, located, { architecture, signal: ports.signal, isWish: requests.length > 0 });
    },
    async importFrom(file, options = {}) {
      const located = await Promise.all(catalogue.map(locate));
      await requireTrustedFolders([layout.root, layout.components, layout.trust]);
      return importInstalled(file, located, { layout, architecture, locked, clock: parts.clock, ...options });
    },
    async clean(what) {
      const located = await Promise.all(catalogue.map(locate));
      return locked(() => cleanCache(layout, located, what));
    },
  };
}

/** What a recipe is made from beside its own entry: its wrapper module, or its locked tree. */
async function moduleFilesOf(recipe: Recipe, modulesDirectory: string): Promise<Readonly<Record<string, string>>> {
  if (recipe.kind === 'wheel') return {};
  const read = recipe.kind === 'go' ? readWrapperModule : readLockedTree;
  return read(modulesDirectory, recipe.moduleFolder);
}

const SLOW_MS = 2_000;

/** What was not hashed since the machine started is hashed now, before anything of it runs; the rest is looked at. */
async function inspectAll(located: readonly LocatedRecipe[], progress: Progress): Promise<readonly Inspection[]> {
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

/** @returns names of what was built: another builder may have done some of it while we waited for the lock. */
async function buildUnderLock(
  located: readonly LocatedRecipe[],
  layout: CacheLayout,
  modulesDirectory: string,
  ports: ToolchainPorts,
  parts: ToolchainParts,
  cancel: AbortController,
): Promise<readonly string[]> {
  const { progress } = ports;
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
  const { architecture, clock } = parts;
  await buildMissing(missing, {
    builder: parts.createBuilder({ layout, architecture, modulesDirectory, goCaches, signal, clock }),
    stagingDirectory: layout.staging,
    logFileOf: (recipe) => path.join(layout.logs, `${recipe.component}-${recipe.version}.log`),
    workers: compileWorkers(cpus().length, availableMemory()),
    times: await readBuildTimes(layout.timingsFile, parts.catalogue, ownCaches),
    progress,
    signal,
    cancel: (reason) => cancel.abort(reason),
    clock,
  });
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
  return recipes.map(({ component, version }) => `${component} ${version}`);
}

function thisArchitecture(): Architecture {
  if (platform === 'linux' && (arch === 'x64' || arch === 'arm64')) return arch;
  throw environmentError(
    'TOOLCHAIN_ARCHITECTURE',
    `the local cluster's programs are not built on ${platform} ${arch}`,
    {
      hint: 'Use 64-bit Linux on x86 or ARM, or an existing cluster.',
    },
  );
}
