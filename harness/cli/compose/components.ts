/** Pinned components, built when they are missing. */

import { homedir } from 'node:os';
import { defaultCacheDirectory } from '../../../clusters/toolchain/cache-layout.ts';
import { goCachesFromEnvironment } from '../../../clusters/toolchain/go/go-caches.ts';
import { createToolchain, type Toolchain } from '../../../clusters/toolchain/toolchain.ts';
import type { Toolset } from '../../../clusters/toolchain/toolset.ts';
import type { Progress } from '../../ports/progress.ts';
import type { World } from '../world.ts';

/** Where built programs are kept: CANARYPROOF_CACHE, or below XDG_CACHE_HOME or the home directory. */
export function cacheDirectory(world: World): string {
  return defaultCacheDirectory(world.env, homedir());
}

/** The components, built where they are missing. `extra` are components that no addon brings, such as k6. */
export function ensureComponents(
  world: World,
  names: readonly string[],
  versions: Readonly<Record<string, string>>,
  progress: Progress,
): Promise<Toolset> {
  return toolchainOf(world, progress).ensure(
    names.map((name) => ({ name, ...(versions[name] ? { version: versions[name] } : {}) })),
  );
}

export function toolchainOf(world: World, progress: Progress): Toolchain {
  const goCaches = goCachesFromEnvironment(world.env);
  return createToolchain({
    cacheDirectory: cacheDirectory(world),
    progress,
    signal: world.interruption.signal,
    ...(goCaches ? { goCaches } : {}),
  });
}
