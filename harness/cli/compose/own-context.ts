/** Whether a context of a kubeconfig may be used without being allowed by name. */
import path from 'node:path';
import { leadsToOwnCluster } from '../../../clusters/access/ownership/cluster-identity.ts';
import { createClusterClient } from '../../../k8s/client/cluster-client.ts';
import type { ClusterStatus } from '../../ports/cluster.ts';

/**
 * It leads to the cluster that canaryproof made beside that file. The private copy of a context of others is not one, and
 * neither is what somebody merged into a file of ours.
 */
export async function isOwnContext(
  clusters: readonly ClusterStatus[],
  kubeconfig: string,
  context: string,
): Promise<boolean> {
  const file = path.resolve(kubeconfig);
  const made = clusters.some(
    ({ provider, kubeconfigPath }) => provider !== 'existing' && path.resolve(kubeconfigPath) === file,
  );
  return made && leadsToOwnCluster(file, context, createClusterClient);
}
