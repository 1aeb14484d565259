/**
 * Makes pinned, checksummed programs on demand. What is installed is checked cheaply and used; what is missing or
 * damaged is built under a lock, in build caches of our own that are removed once everything asked for is there.
 */
import path from 'node:path';
import { arch, platform } from 'node:process';
import { environmentError } from '../../harness/errors/harness-error.ts';
import type { Progress } from '../../harness/ports/progress.ts';
import type { LocatedRecipe } from './build/build-missing.ts';
import { type Builder, type BuilderPlace, createBuilder } from './build/builder.ts';
import { readLockedTree } from './build/npm.ts';
import type { ExportedBundle } from './bundle/export-bundle.ts';
import { exportInstalled, type ImportedBundle, type ImportOptions, importInstalled } from './bundle/installed.ts';
import { cacheLayout, directoryName } from './cache-layout.ts';
import { withCacheLock } from './cache-lock.ts';
import { cleanCache, type Removal, readStatus, type ToolchainStatus } from './cache-status.ts';
import { CATALOGUE } from './catalogue/catalogue.ts';
import { GO_TOOLCHAIN } from './catalogue/catalogue-wheels.ts';
import type { Architecture, Recipe } from './catalogue/recipe.ts';
import { recipeHash } from './catalogue/recipe-hash.ts';
import { GO_BUILD_FLAGS, GO_LINKER_FLAGS, type GoCaches } from './go/go-environment.ts';
import { bundledModulesDirectory, readWrapperModule } from './go/wrapper-module.ts';
import { inspectComponent } from './manifest.ts';
import { buildUnderLock, inspectAll } from './missing-programs.ts';
import { type ComponentRequest, selectRecipes } from './selection.ts';
import { createToolset, type InstalledComponent, installedComponent, type Toolset } from './toolset.ts';
import { requireTrustedFolders } from './trust.ts';

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
  const { goCaches, progress, signal } = ports;

  const locate = async (recipe: Recipe): Promise<LocatedRecipe> => {
    const moduleFiles = await moduleFilesOf(recipe, modulesDirectory);
    const goFlags = [...GO_BUILD_FLAGS, ...GO_LINKER_FLAGS];
    const hash = recipeHash(recipe, { architecture, goToolchain: GO_TOOLCHAIN, goFlags, moduleFiles });
    return { recipe, hash, directory: path.join(layout.components, directoryName(recipe, hash)) };
  };
  const locked = <T>(work: () => Promise<T>, onLost: (error: Error) => void = () => undefined): Promise<T> => {
    const onWait = (holder: string) =>
      progress.note(`${holder} is building in ${layout.root}; waiting until it is done`);
    const staleAfter = parts.staleLockAfterMs === undefined ? {} : { staleAfterMs: parts.staleLockAfterMs };
    return withCacheLock(layout.lockFile, { signal, onWait, onLost, ...staleAfter }, work);
  };

  return {
    async ensure(requests) {
      const located = await Promise.all(selectRecipes(catalogue, requests).map(locate));
      await requireTrustedFolders([layout.root, layout.components, layout.trust]);
      const before = await inspectAll(located, progress);
      let built: readonly string[] = [];
      if (before.some(({ state }) => state !== 'intact')) {
        const lost = new AbortController();
        built = await locked(
          () => buildUnderLock(located, { layout, modulesDirectory, goCaches, progress, signal, ...parts }, lost),
          (error) =>
            lost.abort(environmentError('CACHE_LOCK_LOST', `the lock of the cache was lost: ${error.message}`)),
        );
      }
      const after = await inspectAll(located, progress);
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
      return exportInstalled(file, located, { architecture, signal, isWish: requests.length > 0 });
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
