/** One change of a cluster at a time: a second canaryproof waits for a minute, then says who is in the way. */
import path from 'node:path';
import { environmentError, HarnessError } from '../../../harness/errors/harness-error.ts';
import { lockHolder, takeLock } from '../../../harness/process/kernel-lock.ts';
import { leaseCluster } from './cluster-lease.ts';
import { makeStateRoot } from './state-root.ts';

const WAIT_MS = 60_000;

/**
 * The lock ends with this process, however that ends.
 * @throws HarnessError CLUSTER_BUSY, STATE_FOLDER_UNUSABLE, LOCK_IMPOSSIBLE
 */
export async function withClusterLock<T>(
  stateRoot: string,
  name: string,
  work: () => Promise<T>,
  waitMs = WAIT_MS,
): Promise<T> {
  await makeStateRoot(stateRoot);
  const file = path.join(stateRoot, `${name}.change`);
  const lock = await takeLock(file, { kind: 'exclusive', waitMs });
  if (lock === undefined) {
    const holder = await lockHolder(file);
    const who = holder === undefined ? '' : ` (process ${holder})`;
    throw environmentError('CLUSTER_BUSY', `cluster ${name} is being changed by another canaryproof${who}`, {
      where: file,
      hint: 'Wait for it to end, or use another --name.',
    });
  }
  try {
    return await work();
  } finally {
    await lock.release({ remove: true });
  }
}

/** Does the work where no run is on the cluster and nobody changes it, and keeps both out meanwhile; else nothing. */
export async function whileUnused(stateRoot: string, name: string, work: () => Promise<void>): Promise<void> {
  const lease = await leaseCluster(stateRoot, name).catch((error: unknown) => unlessTaken(error));
  if (lease === undefined) return;
  try {
    await withClusterLock(stateRoot, name, work, 0).catch(unlessTaken);
  } finally {
    await lease.release();
  }
}

function unlessTaken(error: unknown): undefined {
  if (error instanceof HarnessError && ['CLUSTER_IN_USE', 'CLUSTER_BUSY'].includes(error.code)) return undefined;
  throw error;
}
