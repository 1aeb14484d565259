/** Makes the provider that was asked for, with its toolchain, its images and its addons. */

import { machineStateRoot } from '../../clusters/access/machine-files.ts';
import { defaultStateRoot } from '../../clusters/local/cluster-files.ts';
import type { Toolset } from '../../clusters/toolchain/toolset.ts';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import { createClusterClient } from '../../k8s/client/cluster-client.ts';
import type { ClusterProvider, Progress } from '../pipeline/ports.ts';
import type { ProviderName, ProviderSettings } from './services.ts';
import type { World } from './world.ts';

export interface ProviderRequest {
  readonly provider: ProviderName;
  readonly settings: ProviderSettings;
  /** Components wanted beside those of the cluster and its addons. */
  readonly extraComponents: readonly string[];
  /** Images that the manifests of the profile name. */
  readonly imageReferences: (progress: Progress) => Promise<readonly string[]>;
  readonly keepOnFailure: boolean;
  /** Whether this process lives as long as the cluster is used. */
  readonly staysUp: boolean;
}

export interface ConnectedProvider {
  readonly provider: ClusterProvider;
  /** Components that the last `up` used. @throws TypeError before it */
  toolset(): Toolset;
  /** A client for what a profile applies. */
  connect(kubeconfigPath: string): ClusterClient;
  readonly stateRoot: string;
  /** Gives back what keeps others off the cluster; after `down`, or when the cluster is kept. */
  release?(): Promise<void>;
}

/** For questions and removals, where nothing is made. */
export const NOTHING_WANTED = {
  settings: {},
  extraComponents: [],
  imageReferences: async () => [],
  keepOnFailure: false,
  staysUp: false,
} as const satisfies Omit<ProviderRequest, 'provider'>;

function stateRootOf(world: World, provider: ProviderName): string {
  return provider === 'local' ? defaultStateRoot(world.env) : machineStateRoot(world.env, provider);
}

/** Each provider's code is read only when it is used. */
export async function createProvider(world: World, request: ProviderRequest): Promise<ConnectedProvider> {
  switch (request.provider) {
    case 'local': {
      const { createLocalCluster } = await import('./compose-cluster.ts');
      const { provider, toolset } = createLocalCluster(world, request.extraComponents);
      return { provider, toolset, connect: createClusterClient, stateRoot: stateRootOf(world, 'local') };
    }
    case 'kind':
    case 'minikube':
      return (await import('./compose-machine.ts')).createMachineCluster(world, {
        ...request,
        provider: request.provider,
      });
    case 'existing':
      return (await import('./compose-existing.ts')).createExistingCluster(world, request);
  }
}
