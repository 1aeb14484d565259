/**
 * One Go component: its modules are resolved and downloaded first (`go list -deps`, network), then compiled (CPU), so
 * that the next component downloads while this one compiles. The data files come out of the same, verified modules.
 */
import { chmod, cp, mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { environmentError } from '../../../harness/errors/harness-error.ts';
import { removeOwnTree } from '../../../harness/process/remove-own-tree.ts';
import { type BuildStep, runBuildStep } from '../build/build-step.ts';
import type { Filled } from '../build/install.ts';
import { askVersion } from '../build/program-version.ts';
import type { DataSpec, GoRecipe } from '../catalogue/recipe.ts';
import { GO_BUILD_FLAGS, GO_LINKER_FLAGS } from './go-environment.ts';
import { readGoProgress } from './go-progress.ts';

export interface GoBuildPlace {
  readonly goProgram: string;
  readonly env: Readonly<Record<string, string>>;
  /** A copy of the wrapper module. */
  readonly moduleDirectory: string;
  readonly logFile: string;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** Downloads what the build needs and no more. @returns the number of packages to compile. */
export async function downloadModules(recipe: GoRecipe, place: GoBuildPlace): Promise<number> {
  const reader = readGoProgress(undefined);
  const { stdout } = await runBuildStep({
    ...goStep(recipe, place, 'downloading', ['list', '-deps', ...tagFlags(recipe), ...mainPackages(recipe)]),
    onLine: (line) => {
      if (!line.startsWith('go: downloading ')) return;
      reader.read(line);
      place.say(reader.describe());
    },
  });
  return stdout.trim().split('\n').length;
}

/** Fills `directory` with `programs/` and `data/`. */
export async function fillFromGo(
  recipe: GoRecipe,
  directory: string,
  place: GoBuildPlace,
  packages: number,
): Promise<Filled> {
  const out = path.join(directory, 'out');
  const reader = readGoProgress(packages);
  const linkerFlags = [
    ...GO_LINKER_FLAGS,
    ...Object.entries(recipe.linkerValues).map(([symbol, value]) => `-X ${symbol}=${value}`),
  ].join(' ');
  const build = ['build', '-v', ...GO_BUILD_FLAGS, ...tagFlags(recipe), `-ldflags=${linkerFlags}`, '-o', `${out}/`];
  await runBuildStep({
    ...goStep(recipe, place, 'compiling', [...build, ...mainPackages(recipe)]),
    onLine: (line) => {
      reader.read(line);
      place.say(reader.describe());
    },
  });
  await mkdir(path.join(directory, 'programs'));
  const programs: Filled['programs'] = [];
  for (const spec of recipe.programs) {
    const file = path.join('programs', spec.name);
    await rename(path.join(out, executableName(spec.source)), path.join(directory, file));
    const version = await askVersion(spec, path.join(directory, file), recipe.version, path.join(directory, 'out'));
    programs.push({ name: spec.name, file, version, origin: recipe.origin });
  }
  await removeOwnTree(out);
  for (const data of recipe.data) await copyData(recipe, data, path.join(directory, 'data'), place);
  return { programs, described: recipe.data.length > 0 ? ['programs', 'data'] : ['programs'] };
}

/** The file name `go build` gives a main package: the last path element that is no major version. */
export function executableName(packagePath: string): string {
  const elements = packagePath.split('/');
  const last = elements.at(-1) ?? packagePath;
  return /^v\d+$/.test(last) && elements.length > 1 ? (elements.at(-2) ?? last) : last;
}

async function copyData(recipe: GoRecipe, data: DataSpec, target: string, place: GoBuildPlace): Promise<void> {
  const from = await moduleDirectory(recipe, data.module, place);
  for (const relative of data.paths) {
    const to = path.join(target, data.under ?? '', relative);
    await mkdir(path.dirname(to), { recursive: true });
    await cp(path.join(from, relative), to, { recursive: true }).catch((cause: unknown) => {
      throw environmentError('TOOLCHAIN_DATA_MISSING', `${data.module} has no ${relative}`, {
        where: from,
        hint: 'The catalogue names a file that this version does not have: report it.',
        cause,
      });
    });
    if (data.executable?.includes(relative)) await chmod(to, 0o755);
  }
}

const moduleSchema = z.looseObject({ Dir: z.string().optional() });

async function moduleDirectory(recipe: GoRecipe, module: string, place: GoBuildPlace): Promise<string> {
  for (const args of [
    ['list', '-m', '-json', module],
    // Not needed to compile anything, hence not downloaded yet.
    ['mod', 'download', '-json', module],
  ]) {
    const { stdout } = await runBuildStep(goStep(recipe, place, 'reading the modules of', args));
    const { Dir } = moduleSchema.parse(JSON.parse(stdout));
    if (Dir !== undefined) return Dir;
  }
  throw environmentError('TOOLCHAIN_DATA_MISSING', `module ${module} has no directory`, { where: place.logFile });
}

function goStep(recipe: GoRecipe, place: GoBuildPlace, doing: string, args: readonly string[]): BuildStep {
  const { goProgram, env, moduleDirectory: cwd, logFile, signal } = place;
  return {
    what: `${recipe.component} ${recipe.version}`,
    doing,
    argv: [goProgram, ...args],
    cwd,
    env: recipe.experiment === undefined ? env : { ...env, GOEXPERIMENT: recipe.experiment },
    logFile,
    signal,
  };
}

function tagFlags(recipe: GoRecipe): readonly string[] {
  return recipe.tags.length > 0 ? ['-tags', recipe.tags.join(',')] : [];
}

function mainPackages(recipe: GoRecipe): readonly string[] {
  return recipe.programs.map(({ source }) => source);
}
