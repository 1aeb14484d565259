/**
 * One run at a time on a cluster: two would change the same weights and count each other's requests. Whoever makes a
 * cluster shares the lease with others who do, so that no run begins under it.
 */
import path from 'node:path';
import { environmentError, invalidEvidenceError } from '../../../harness/errors/harness-error.ts';
import { lockHolder, takeLock } from '../../../harness/process/kernel-lock.ts';
import { makeStateRoot } from './state-root.ts';

export interface ClusterLease {
  /** Aborted, with CLUSTER_LEASE_LOST (exit 5) as its reason, when somebody else may be on the cluster. */
  readonly lost: AbortSignal;
  /** Looks once more, for the end of a run. @throws HarnessError CLUSTER_LEASE_LOST */
  requireHeld(): Promise<void>;
  release(): Promise<void>;
}

const leaseFile = (stateRoot: string, name: string): string => path.join(stateRoot, `${name}.lease`);

/**
 * The lease is the kernel's: it ends with this process, however that ends, and no stop and no clock takes it away.
 * @param kind `shared`: beside others who only make the cluster
 * @throws HarnessError CLUSTER_IN_USE, STATE_FOLDER_UNUSABLE, LOCK_IMPOSSIBLE
 */
export async function leaseCluster(
  stateRoot: string,
  name: string,
  kind: 'exclusive' | 'shared' = 'exclusive',
): Promise<ClusterLease> {
  await makeStateRoot(stateRoot);
  const file = leaseFile(stateRoot, name);
  const lock = await takeLock(file, { kind, waitMs: 0 });
  if (lock === undefined) throw inUse(name, await lockHolder(file));
  const reason = () =>
    invalidEvidenceError('CLUSTER_LEASE_LOST', `the lease of the cluster ${name} was lost during the run`, {
      where: file,
      hint: 'Somebody removed its file, so another run may have changed or loaded the cluster: run again.',
    });
  const lost = new AbortController();
  lock.lost.addEventListener('abort', () => lost.abort(reason()), { once: true });
  return {
    lost: lost.signal,
    async requireHeld() {
      if (!(await lock.isHeld())) throw reason();
    },
    release: () => lock.release({ remove: true }),
  };
}

function inUse(name: string, holder: number | undefined): Error {
  const who = holder === undefined ? 'another canaryproof' : `another run (process ${holder})`;
  return environmentError('CLUSTER_IN_USE', `${who} is using the cluster ${name}`, {
    hint: 'Wait for it to end, or give this run a cluster of its own with --name. `down --force` removes it all the same.',
  });
}

/** Removes what a killed run left of its lease; a living one is left alone. */
export async function sweepLease(stateRoot: string, name: string): Promise<void> {
  const lock = await takeLock(leaseFile(stateRoot, name), { kind: 'exclusive', waitMs: 0 });
  await lock?.release({ remove: true });
}

/** Whether a name in the folder of a provider's state is that of a cluster, and not of a lock (or an older lock). */
export function isClusterFolder(entry: { isDirectory(): boolean; readonly name: string }): boolean {
  return entry.isDirectory() && !entry.name.startsWith('.') && !/\.(run|lock)$/.test(entry.name);
}
