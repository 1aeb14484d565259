/** Connects `up` with the provider that was asked for. */
import { leaseCluster } from '../../../clusters/access/ownership/cluster-lease.ts';
import type { ClusterSpec } from '../../ports/cluster.ts';
import type { Progress } from '../../ports/progress.ts';
import type { UpProduct, UpRequest } from '../cluster-requests.ts';
import type { World } from '../world.ts';
import { NOTHING_WANTED } from './connected-provider.ts';
import { createProvider } from './provider.ts';

/**
 * Brings a cluster up and leaves it, with every address that a user needs.
 * @throws HarnessError of the provider (exit 3), and CLUSTER_IN_USE while a run or another `up` has it
 */
export async function up(world: World, request: UpRequest, progress: Progress): Promise<UpProduct> {
  const spec: ClusterSpec = {
    name: request.name,
    addons: request.addons,
    componentVersions: request.componentVersions,
    images: [],
  };
  const { provider, stateRoot } = await createProvider(world, {
    ...NOTHING_WANTED,
    provider: request.provider,
    settings: request.settings ?? {},
    keepOnFailure: request.keep ?? false,
  });
  // another specification would make the cluster anew under a run
  const lease = await leaseCluster(stateRoot, request.name, 'shared');
  const cluster = await provider.up(spec, progress, world.interruption.signal).finally(() => lease.release());
  const { name, kubeconfigPath, ingressUrl, prometheusUrl, components } = cluster;
  return { name, kubeconfigPath, ingressUrl, prometheusUrl, components };
}
