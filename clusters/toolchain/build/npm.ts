/**
 * Programs out of npm packages: a tree that a lock pins, installed whole by `npm ci`, which knows the user's registry and
 * proxy, and checks every package by the lock's hash. No script of any package runs, neither now nor later: what such a
 * script would build or report is not wanted here.
 */
import { copyFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { environmentError } from '../../../harness/errors/harness-error.ts';
import type { NpmRecipe } from '../catalogue/recipe.ts';
import { runBuildStep } from './build-step.ts';
import type { Filled } from './install.ts';

const LOCKED = ['package.json', 'package-lock.json'] as const;

export interface NpmPlace {
  readonly modulesDirectory: string;
  /** npm's cache; of ours, removed with the other build caches. */
  readonly cacheDirectory: string;
  readonly logFile: string;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/**
 * File name -> content of what pins a tree.
 * @throws HarnessError TOOLCHAIN_INCOMPLETE when one of them is missing.
 */
export async function readLockedTree(
  modulesDirectory: string,
  folder: string,
): Promise<Readonly<Record<string, string>>> {
  const directory = path.join(modulesDirectory, folder);
  const read = LOCKED.map(async (name) => {
    const text = await readFile(path.join(directory, name), 'utf8').catch((cause: unknown) => {
      throw environmentError('TOOLCHAIN_INCOMPLETE', `the recipe of ${folder} lacks ${name}`, {
        where: directory,
        hint: 'The installation of canaryproof is incomplete: install it again.',
        cause,
      });
    });
    return [name, text] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

/** Fills `directory` with `tree/`: the lock and its node_modules, without what only people and compilers read. */
export async function fillFromNpm(recipe: NpmRecipe, directory: string, place: NpmPlace): Promise<Filled> {
  const { modulesDirectory, cacheDirectory, logFile, signal, say } = place;
  const tree = path.join(directory, 'tree');
  await mkdir(tree);
  for (const name of LOCKED)
    await copyFile(path.join(modulesDirectory, recipe.moduleFolder, name), path.join(tree, name));
  say('downloading and unpacking');
  await runBuildStep({
    ...{ what: `${recipe.component} ${recipe.version}`, doing: 'downloading', logFile, signal, cwd: tree, env: {} },
    argv: [
      ...(['npm', 'ci', '--ignore-scripts', '--omit=dev', '--no-bin-links', '--legacy-peer-deps'] as const),
      ...['--no-audit', '--no-fund', '--no-update-notifier', '--cache', cacheDirectory],
    ],
  });
  say('removing what nobody runs');
  await pruneTree(path.join(tree, 'node_modules'));
  const programs: Filled['programs'] = [];
  for (const { name, source } of recipe.programs) {
    const file = path.join('tree', 'node_modules', source);
    const { name: packed, version } = await packageOf(path.join(directory, file), source);
    programs.push({ name, file, version, origin: `npm package ${packed} ${version}` });
  }
  return { programs, described: ['tree'] };
}

/** Maps of sources, declarations of types, and tests: half of all files, each to be hashed whenever it is checked. */
const NOT_RUN = /\.(map|d\.[cm]?ts|test\.js)$/;

async function pruneTree(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  for (const entry of entries)
    if (entry.isFile() && NOT_RUN.test(entry.name)) await rm(path.join(entry.parentPath, entry.name));
}

const packageSchema = z.looseObject({ name: z.string(), version: z.string() });

/** The package that a program is of, as its own package.json says it. */
async function packageOf(file: string, source: string) {
  const depth = source.startsWith('@') ? 2 : 1;
  const parts = source.split('/');
  const root = path.resolve(file, ...parts.slice(depth).map(() => '..'));
  const text = await readFile(path.join(root, 'package.json'), 'utf8').catch((cause: unknown) => {
    throw environmentError(
      'TOOLCHAIN_DATA_MISSING',
      `the locked tree has no package ${parts.slice(0, depth).join('/')}`,
      {
        where: root,
        hint: 'The recipe and its lock disagree: report it.',
        cause,
      },
    );
  });
  return packageSchema.parse(JSON.parse(text));
}
