/**
 * Builds what the published package runs (`prepack`). Node does not strip types below a node_modules folder, so every
 * TypeScript file becomes an `.mjs` at the same place under dist/, with everything else of its room beside it: paths
 * relative to a source file mean the same in both. Scenarios and profiles are shipped as they are, outside dist/.
 */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { runProgram } from '../process/run-program.ts';
import { type LockFile, shrinkwrapOf } from './shrinkwrap.ts';
import { isForDevelopment } from './test-helpers.ts';

const COMPILED_ROOMS = ['harness', 'clusters', 'reports', 'k8s'];
/** Of the scenarios, which are for k6, only what the harness shares with them. */
const SHARED_WITH_SCENARIOS = [
  'scenarios/shared/arrival-slots.ts',
  'scenarios/shared/receiver-identity.ts',
  'scenarios/shared/scenario-values.ts',
];
/** The oldest Node that the launcher accepts. */
const TARGET = 'node22.19';
/** Shipped as they are, outside dist/. */
const SHIPPED_BESIDE = /^k8s\/profiles\//;

/** Imports of our own files, and scripts named beside one, are of the `.mjs` that each becomes. JSON is put in place. */
const siblings: Plugin = {
  name: 'siblings',
  setup({ onLoad, onResolve }) {
    onLoad({ filter: /\.ts$/ }, async ({ path: file }) => ({
      contents: (await readFile(file, 'utf8')).replaceAll(
        /(new URL\('\.{1,2}\/[^']+)\.ts(', import\.meta\.url\))/g,
        '$1.mjs$2',
      ),
      loader: 'ts',
    }));
    onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ kind, path: file }) =>
      kind === 'entry-point' ? undefined : { path: file.replace(/\.ts$/, '.mjs'), external: true },
    );
    onResolve({ filter: /^[^./]/ }, ({ kind }) => (kind === 'entry-point' ? undefined : { external: true }));
  },
};

export async function buildPackage(root: string): Promise<string> {
  const target = path.join(root, 'dist');
  await removeOwnTree(target);
  const wanted = await packagedFiles(root);
  const sources = wanted.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
  await build({
    absWorkingDir: root,
    entryPoints: sources.map((file) => `./${file}`),
    outbase: root,
    outdir: target,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: TARGET,
    loader: { '.json': 'json' },
    plugins: [siblings],
    logLevel: 'warning',
  });
  for (const file of wanted.filter((name) => !sources.includes(name))) await copy(root, target, file);
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
  await runProgram([process.execPath, compiler, '-p', 'tsconfig.library.json'], { cwd: root });
  await writeFile(path.join(target, 'cli.mjs'), "import './harness/cli/main.mjs';\n");
  return target;
}

/** What dist/ is made of, from the root of the package: sources and everything beside them but what only tests need. */
export async function packagedFiles(root: string): Promise<readonly string[]> {
  const files = (await Promise.all(COMPILED_ROOMS.map((room) => listFiles(root, room)))).flat();
  return [...files, ...SHARED_WITH_SCENARIOS].filter((file) => !isForDevelopment(file) && !SHIPPED_BESIDE.test(file));
}

async function listFiles(root: string, room: string): Promise<readonly string[]> {
  const entries = await readdir(path.join(root, room), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((file) => !file.includes('node_modules/'))
    .sort();
}

async function copy(root: string, target: string, file: string): Promise<void> {
  await mkdir(path.dirname(path.join(target, file)), { recursive: true });
  await cp(path.join(root, file), path.join(target, file));
}

/** Only while the package is packed (`postpack` takes it away): beside a package-lock.json npm would believe it alone. */
async function writeShrinkwrap(root: string): Promise<void> {
  const lock = JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8')) as LockFile;
  await writeFile(path.join(root, 'npm-shrinkwrap.json'), `${JSON.stringify(shrinkwrapOf(lock), null, 2)}\n`);
}

if (import.meta.main) {
  const root = path.resolve(import.meta.dirname, '../..');
  await buildPackage(root);
  if (process.argv.includes('--shrinkwrap')) await writeShrinkwrap(root);
}
