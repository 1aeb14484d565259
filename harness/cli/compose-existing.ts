/** Connects the existing cluster of a kubeconfig context. */
import { homedir } from 'node:os';
import path from 'node:path';
import { machineStateRoot } from '../../clusters/access/machine-files.ts';
import { editingClient, withoutFixedAddress, withPreloadedImages } from '../../clusters/access/real-images.ts';
import { installAddons, selectAddons } from '../../clusters/addons/install-addons.ts';
import { createExistingProvider, type ExistingOptions } from '../../clusters/existing/provider.ts';
import { createClusterClient } from '../../k8s/client/cluster-client.ts';
import { createOwnedClient } from '../../k8s/client/owned-client.ts';
import { chartValues, componentAccess, manifestComponents } from './compose-addons.ts';
import { ensureComponents } from './compose-cluster.ts';
import type { ConnectedProvider, ProviderRequest } from './compose-provider.ts';
import { inClusterPrefix } from './in-cluster-prefix.ts';
import { K6_IMAGE } from './offline-images.ts';
import { isOwnContext } from './own-context.ts';
import type { ProviderSettings } from './services.ts';
import { createUsedToolset } from './used-toolset.ts';
import type { World } from './world.ts';

export function createExistingCluster(world: World, request: ProviderRequest): ConnectedProvider {
  const { settings } = request;
  const stateRoot = machineStateRoot(world.env, 'existing');
  const toolset = createUsedToolset();
  const provider = createExistingProvider({
    options: existingOptions(world, settings),
    stateRoot,
    isOurs: (kubeconfig, context) => isOwnContext(world, kubeconfig, context),
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
