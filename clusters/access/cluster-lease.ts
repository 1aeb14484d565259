/** One run at a time on a cluster: two would change the same weights and count each other's requests. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import * as lockfile from 'proper-lockfile';
import { environmentError } from '../../harness/errors/harness-error.ts';
import { makeStateRoot } from './state-root.ts';

/** A run that was killed loses its lease this much later. */
const STALE_MS = 10_000;

/**
 * @returns gives the lease back
 * @throws HarnessError CLUSTER_IN_USE, STATE_FOLDER_UNUSABLE
 */
export async function leaseCluster(stateRoot: string, name: string): Promise<() => Promise<void>> {
  await makeStateRoot(stateRoot);
  const options = { realpath: false, stale: STALE_MS, onCompromised: () => undefined };
  return lockfile.lock(path.join(stateRoot, `${name}.run`), options).catch((cause: unknown) => {
    throw inUse(name, cause);
  });
}

/** @throws HarnessError CLUSTER_IN_USE */
export async function requireUnusedCluster(stateRoot: string, name: string): Promise<void> {
  const file = path.join(stateRoot, `${name}.run`);
  if (await lockfile.check(file, { realpath: false, stale: STALE_MS })) throw inUse(name);
}

function inUse(name: string, cause?: unknown): Error {
  return environmentError('CLUSTER_IN_USE', `another run is using the cluster ${name}`, {
    hint: `Wait for it to end, or give this run a cluster of its own with --name. After a kill the lease lapses in ${STALE_MS / 1000} s.`,
    cause,
  });
}

/** Removes what a killed run left of its lease; a living one is left alone. */
export async function sweepLease(stateRoot: string, name: string): Promise<void> {
  const file = path.join(stateRoot, `${name}.run`);
  const held = await lockfile.check(file, { realpath: false, stale: STALE_MS });
  if (!held) await rm(`${file}.lock`, { recursive: true, force: true });
}
