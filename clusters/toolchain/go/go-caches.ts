/** Warm Go caches that CI or a developer brings along. */
import path from 'node:path';
import { usageError } from '../../../harness/errors/harness-error.ts';
import type { GoCaches } from './go-environment.ts';

/**
 * CANARYPROOF_GOMODCACHE and CANARYPROOF_GOCACHE; undefined when neither is set.
 * @throws HarnessError GO_CACHES_HALF_SET (usage) when only one is.
 */
export function goCachesFromEnvironment(env: Readonly<Record<string, string | undefined>>): GoCaches | undefined {
  const modules = env.CANARYPROOF_GOMODCACHE;
  const builds = env.CANARYPROOF_GOCACHE;
  if (!modules && !builds) return undefined;
  if (!modules || !builds)
    throw usageError('GO_CACHES_HALF_SET', 'only one of CANARYPROOF_GOMODCACHE and CANARYPROOF_GOCACHE is set', {
      hint: 'Set both, or none.',
    });
  return { modules: path.resolve(modules), builds: path.resolve(builds) };
}
