/** Makes the provider that was asked for, with its toolchain, its images and its addons. */

import { machineStateRoot } from '../../../clusters/access/machines/machine-files.ts';
import { defaultStateRoot } from '../../../clusters/local/cluster-files.ts';
import { createClusterClient } from '../../../k8s/client/cluster-client.ts';
import type { ClusterStatus } from '../../ports/cluster.ts';
import type { ProviderName } from '../cluster-requests.ts';
import { PROVIDERS } from '../cluster-requests.ts';
import type { World } from '../world.ts';
import type { ConnectedProvider, ProviderRequest } from './connected-provider.ts';
import { NOTHING_WANTED } from './connected-provider.ts';

function stateRootOf(world: World, provider: ProviderName): string {
  return provider === 'local' ? defaultStateRoot(world.env) : machineStateRoot(world.env, provider);
}

/** Each provider's code is read only when it is used. */
export async function createProvider(world: World, request: ProviderRequest): Promise<ConnectedProvider> {
  switch (request.provider) {
    case 'local': {
      const { createLocalCluster } = await import('./local-cluster.ts');
      const { provider, toolset } = createLocalCluster(world, request.extraComponents);
      return { provider, toolset, connect: createClusterClient, stateRoot: stateRootOf(world, 'local') };
    }
    case 'kind':
    case 'minikube':
      return (await import('./machine.ts')).createMachineCluster(world, {
        ...request,
        provider: request.provider,
      });
    case 'existing':
      return (await import('./existing.ts')).createExistingCluster(world, request, () => status(world));
  }
}

/** Every cluster of every provider that this user has. */
export async function status(world: World): Promise<readonly ClusterStatus[]> {
  const lists = PROVIDERS.map(async (provider) =>
    (await createProvider(world, { ...NOTHING_WANTED, provider })).provider.list(),
  );
  return (await Promise.all(lists)).flat();
}
