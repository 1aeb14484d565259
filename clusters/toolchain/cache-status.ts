/** What the cache holds and how it is emptied. */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { removeOwnTree } from '../../harness/process/remove-own-tree.ts';
import type { LocatedRecipe } from './build/build-missing.ts';
import type { CacheLayout } from './cache-layout.ts';
import { directoryBytes, freeBytes } from './disk-space.ts';
import { inspectComponent } from './manifest.ts';

interface ComponentStatus {
  readonly component: string;
  readonly version: string;
  readonly state: 'installed' | 'missing' | 'damaged';
  /** Why it counts as damaged. */
  readonly reason?: string;
  readonly directory: string;
  readonly bytes: number;
  readonly programs: readonly { readonly name: string; readonly version: string }[];
}

export interface ToolchainStatus {
  readonly cacheDirectory: string;
  readonly components: readonly ComponentStatus[];
  /** Directories of recipes that are no longer in the catalogue, and their bytes. */
  readonly outdated: { readonly directories: readonly string[]; readonly bytes: number };
  /** More than 0 only during a build or after an interrupted one. */
  readonly buildCacheBytes: number;
  readonly totalBytes: number;
  readonly freeBytes: number | undefined;
}

/** build-caches: what an interrupted build left. outdated: those, and old recipes. everything: the whole cache. */
export type Removal = 'build-caches' | 'outdated' | 'everything';

export async function readStatus(
  layout: CacheLayout,
  located: readonly LocatedRecipe[],
  thorough: boolean,
): Promise<ToolchainStatus> {
  const outdated = await outdatedDirectories(layout, located);
  return {
    cacheDirectory: layout.root,
    components: await Promise.all(located.map((each) => componentStatus(each, thorough))),
    outdated: { directories: outdated, bytes: await sumBytes(outdated) },
    buildCacheBytes: await directoryBytes(layout.build),
    totalBytes: await directoryBytes(layout.root),
    freeBytes: await freeBytes(layout.root).catch(() => undefined),
  };
}

async function componentStatus(
  { recipe, hash, directory }: LocatedRecipe,
  thorough: boolean,
): Promise<ComponentStatus> {
  const found = await inspectComponent(directory, hash, { thorough });
  const { component, version } = recipe;
  return {
    component,
    version,
    directory,
    state: found.state === 'intact' ? 'installed' : found.state === 'missing' ? 'missing' : 'damaged',
    ...('reason' in found ? { reason: found.reason } : {}),
    bytes: await directoryBytes(directory),
    programs: found.state === 'intact' ? found.manifest.programs.map(({ name, version }) => ({ name, version })) : [],
  };
}

/** Runs under the cache's lock. @returns bytes given back. */
export async function cleanCache(
  layout: CacheLayout,
  located: readonly LocatedRecipe[],
  what: Removal,
): Promise<number> {
  const doomed = [layout.build];
  if (what === 'outdated') doomed.push(...(await outdatedDirectories(layout, located)));
  if (what === 'everything') doomed.push(layout.components, layout.logs, layout.trust);
  const bytes = await sumBytes(doomed);
  for (const each of doomed) await removeOwnTree(each);
  if (what === 'everything') await rm(layout.timingsFile, { force: true });
  return bytes;
}

async function outdatedDirectories(layout: CacheLayout, located: readonly LocatedRecipe[]): Promise<readonly string[]> {
  const current = new Set(located.map(({ directory }) => path.basename(directory)));
  const names = await readdir(layout.components).catch(() => []);
  return names.filter((name) => !current.has(name)).map((name) => path.join(layout.components, name));
}

async function sumBytes(directories: readonly string[]): Promise<number> {
  const sizes = await Promise.all(directories.map(directoryBytes));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}
