/**
 * Where things are in the cache:
 *
 *     components/NAME-VERSION-HASH12/   programs/, data/ (or tree/), manifest.json; appears whole or not at all
 *     build/                            Go toolchain, module and build caches, staging; removed after success
 *     trust/                            which manifests were installed, and what was hashed since the machine started
 *     logs/NAME-VERSION.log             the last build's output
 *     timings.json, lock                how long builds took here; who builds now
 */
import path from 'node:path';
import type { Recipe } from './catalogue/recipe.ts';

/** $CANARYPROOF_CACHE, else $XDG_CACHE_HOME/canaryproof, else ~/.cache/canaryproof. Always absolute. */
export function defaultCacheDirectory(env: Readonly<Record<string, string | undefined>>, home: string): string {
  if (env.CANARYPROOF_CACHE) return path.resolve(env.CANARYPROOF_CACHE);
  const base = env.XDG_CACHE_HOME;
  // The XDG specification: a relative path is invalid and ignored.
  return path.join(base && path.isAbsolute(base) ? base : path.join(home, '.cache'), 'canaryproof');
}

export interface CacheLayout {
  readonly root: string;
  readonly components: string;
  readonly build: string;
  readonly staging: string;
  readonly trust: string;
  readonly logs: string;
  readonly timingsFile: string;
  readonly lockFile: string;
}

export function cacheLayout(root: string): CacheLayout {
  const build = path.join(root, 'build');
  return {
    root,
    components: path.join(root, 'components'),
    build,
    staging: path.join(build, 'staging'),
    logs: path.join(root, 'logs'),
    trust: path.join(root, 'trust'),
    timingsFile: path.join(root, 'timings.json'),
    lockFile: path.join(root, 'lock'),
  };
}

/** Unique per component, version and recipe; readable in a listing. */
export function directoryName(recipe: Recipe, hash: string): string {
  return `${recipe.component}-${recipe.version}-${hash.slice(0, 12)}`;
}
