/** Connects the existing cluster of a kubeconfig context. */
import { homedir } from 'node:os';
import path from 'node:path';
import { machineStateRoot } from '../../../clusters/access/machines/machine-files.ts';
import {
  editingClient,
  withoutFixedAddress,
  withPreloadedImages,
} from '../../../clusters/access/machines/real-images.ts';
import { installAddons, selectAddons } from '../../../clusters/addons/install-addons.ts';
import { createExistingProvider } from '../../../clusters/existing/provider.ts';
import type { ExistingOptions } from '../../../clusters/existing/provider-ports.ts';
import { createClusterClient } from '../../../k8s/client/cluster-client.ts';
import { createOwnedClient } from '../../../k8s/client/owned-client.ts';
import type { ClusterStatus } from '../../ports/cluster.ts';
import type { ProviderSettings } from '../cluster-requests.ts';
import { K6_IMAGE } from '../images/offline-images.ts';
import type { World } from '../world.ts';
import { chartValues, componentAccess, manifestComponents } from './addons.ts';
import { ensureComponents } from './components.ts';
import type { ConnectedProvider, ProviderRequest } from './connected-provider.ts';
import { inClusterPrefix } from './in-cluster-prefix.ts';
import { isOwnContext } from './own-context.ts';
import { createUsedToolset } from './used-toolset.ts';

/**
 * The provider for a cluster of the user's.
 * @param knownClusters those that we made: a context that leads to one of them needs no permission
 */
export function createExistingCluster(
  world: World,
  request: ProviderRequest,
  knownClusters: () => Promise<readonly ClusterStatus[]>,
): ConnectedProvider {
  const { settings } = request;
  const stateRoot = machineStateRoot(world.env, 'existing');
  const toolset = createUsedToolset();
  const provider = createExistingProvider({
    options: existingOptions(world, settings),
    stateRoot,
    isOurs: async (kubeconfig, context) => isOwnContext(await knownClusters(), kubeconfig, context),
    connect: createClusterClient,
    connectOwned: (kubeconfigPath, guard, ready) => createOwnedClient(kubeconfigPath, guard, { ready }),
    async prepare(spec, progress) {
      selectAddons(spec.addons);
      const names = [...new Set([...manifestComponents(spec.addons), ...request.extraComponents])];
      toolset.set(await ensureComponents(world, names, spec.componentVersions, progress));
    },
    installAddons: (addons, client, progress, signal) =>
      installAddons(
        addons,
        {
          // the versions are pinned: what is on the nodes is right, and a cluster without a registry has nothing else
          client: editingClient(client, (object) => withPreloadedImages(withoutFixedAddress(object))),
          signal,
          fastProbes: false,
          ...componentAccess(toolset.get(), chartValues(settings)),
        },
        progress,
      ),
    inCluster: inClusterPrefix(K6_IMAGE, settings.runners),
    staysUp: request.staysUp,
    now: world.now,
  });
  return {
    provider,
    toolset: toolset.get,
    stateRoot,
    connect: provider.profileClient,
    release: provider.release,
  };
}

function existingOptions(world: World, settings: ProviderSettings): ExistingOptions | undefined {
  const { context, gitFolder, gitAddress } = settings;
  if (context === undefined) return undefined;
  const fromEnvironment = world.env.KUBECONFIG?.split(path.delimiter).find((part) => part !== '');
  return {
    context,
    kubeconfig:
      settings.kubeconfig ?? path.resolve(world.cwd, fromEnvironment ?? path.join(homedir(), '.kube', 'config')),
    allowedContext: settings.allowContext,
    installAddons: settings.installAddons ?? false,
    sharedObjects: settings.sharedObjects ?? [],
    git: gitFolder ? { kind: 'users', ...gitFolder } : { kind: 'ours', address: gitAddress },
  };
}
