/** Load that a dead harness left in the cluster. */
import { ApiError } from '../../k8s/client/api-request.ts';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import { INSTALLATION_LABEL, LOAD_LABEL } from '../../k8s/client/ownership.ts';

/** What runs k6; scripts and pods belong to one of these and go with it. */
const LOADS = [
  { apiVersion: 'batch/v1', resource: 'jobs' },
  { apiVersion: 'k6.io/v1alpha1', resource: 'testruns' },
  { apiVersion: 'v1', resource: 'configmaps' },
] as const;

/**
 * To be called by whoever holds the lease of the cluster: then nobody measures with them.
 * @param owned a client that changes only what is ours
 * @returns how many were removed
 */
export async function reapLoad(client: ClusterClient, owned: ClusterClient, installation: string): Promise<number> {
  let removed = 0;
  for (const collection of LOADS) {
    const found = await client
      .list(collection, `${INSTALLATION_LABEL}=${installation},${LOAD_LABEL}`)
      .catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 404) return [];
        throw error;
      });
    for (const { metadata } of found) {
      const { name, namespace, uid } = metadata;
      await owned.delete({ ...collection, ...(namespace === undefined ? {} : { namespace }) }, name, { uid });
    }
    removed += found.length;
  }
  return removed;
}
