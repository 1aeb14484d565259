/** One change of a cluster at a time: a second canaryproof waits for a minute, then says who is in the way. */
import path from 'node:path';
import * as lockfile from 'proper-lockfile';
import { environmentError } from '../../harness/errors/harness-error.ts';
import { makeStateRoot } from './state-root.ts';

/** @throws HarnessError CLUSTER_BUSY, STATE_FOLDER_UNUSABLE */
export async function withClusterLock<T>(stateRoot: string, name: string, work: () => Promise<T>): Promise<T> {
  await makeStateRoot(stateRoot);
  const release = await lockfile
    .lock(path.join(stateRoot, name), {
      realpath: false,
      stale: 10_000,
      retries: { retries: 60, factor: 1, minTimeout: 1_000 },
    })
    .catch((cause: unknown) => {
      throw environmentError('CLUSTER_BUSY', `cluster ${name} is being changed by another canaryproof`, {
        hint: 'Wait for it to end, or use another --name.',
        cause,
      });
    });
  try {
    return await work();
  } finally {
    await release();
  }
}
