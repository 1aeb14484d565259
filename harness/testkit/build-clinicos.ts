/**
 * Builds the page of the profile `clinicos` anew, in its two releases: `npm run build:clinicos`.
 *
 * The builds are committed: React and Vite are then no dependency of this package, nobody needs a registry to judge the
 * profile, and what is served, down to the names of the assets, is the same on every machine.
 */
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../process/package-root.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';

export const RELEASES = ['v1', 'v2'] as const;
export const CLINICOS = path.join(packageRoot(), 'k8s', 'profiles', 'clinicos');
const REPOSITORY = path.join(CLINICOS, 'repository');
/** Everything that a build is made of. */
const SOURCES = [
  'package.json',
  'package-lock.json',
  'vite.config.js',
  'index.html',
  'nginx.conf',
  'src/main.jsx',
  'src/clinic-management-system.jsx',
  'src/theme-v1.css',
  'src/theme-v2.css',
];

/** Of the sources, in hexadecimal: builds/built-from.txt says from which the builds are. */
export async function sourcesDigest(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of SOURCES) hash.update(`${source}\n`).update(await readFile(path.join(REPOSITORY, source)));
  return hash.digest('hex');
}

async function build(): Promise<void> {
  const work = await mkdtemp(path.join(tmpdir(), 'canaryproof-clinicos-'));
  for (const source of SOURCES) {
    await mkdir(path.dirname(path.join(work, source)), { recursive: true });
    await cp(path.join(REPOSITORY, source), path.join(work, source));
  }
  const shown = { cwd: work, stdio: ['ignore', 'inherit', 'inherit'] as const, preferLocal: false };
  // not `npm ci`, which refuses a lock file made where a mirror lacks other platforms' optional packages
  await execa('npm', ['install', '--no-save', '--no-audit', '--no-fund'], shown);
  const made = path.join(work, 'builds');
  for (const release of RELEASES) {
    const out = path.join(made, release);
    await execa('npm', ['run', 'build', '--', '--mode', release, '--outDir', path.join(out, 'html')], shown);
    const configuration = await readFile(path.join(REPOSITORY, 'nginx.conf'), 'utf8');
    await writeFile(path.join(out, 'nginx.conf'), configuration.replaceAll('RELEASE always', `${release} always`));
  }
  // the builds hold React, whose licence wants to go along
  await cp(path.join(work, 'node_modules', 'react', 'LICENSE'), path.join(made, 'react-LICENSE.txt'));
  await writeFile(path.join(made, 'built-from.txt'), `${await sourcesDigest()}\n`);
  const target = path.join(CLINICOS, 'builds');
  await removeOwnTree(target);
  await cp(made, target, { recursive: true });
  await removeOwnTree(work);
}

if (import.meta.main) await build();
