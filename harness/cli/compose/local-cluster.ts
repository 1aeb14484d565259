/** The embedded provider with the programs of its toolset. */

import path from 'node:path';
import { installAddons, selectAddons } from '../../../clusters/addons/install-addons.ts';
import { type BaseStore, createBaseStore } from '../../../clusters/local/base/kept-base.ts';
import { defaultStateRoot } from '../../../clusters/local/cluster-files.ts';
import { requireLocalCluster } from '../../../clusters/local/preflight.ts';
import { componentsOf, nodeParts } from '../../../clusters/local/prepare-node.ts';
import { createLocalProvider } from '../../../clusters/local/provider.ts';
import type { Toolset } from '../../../clusters/toolchain/toolset.ts';
import { bundleWorkload } from '../../../k8s/workload/bundle-workload.ts';
import type { ClusterProvider } from '../../ports/cluster.ts';
import type { World } from '../world.ts';
import { componentAccess } from './addons.ts';
import { cacheDirectory, ensureComponents } from './components.ts';

export interface LocalCluster {
  readonly provider: ClusterProvider;
  /** Components that the last `up` used. */
  toolset(): Toolset;
}

/**
 * @param extraComponents components wanted beside those of the node and its addons
 * @param bases what new clusters may begin with
 */
export function createLocalCluster(
  world: World,
  extraComponents: readonly string[],
  bases: BaseStore = createBaseStore(path.join(cacheDirectory(world), 'base')),
): LocalCluster {
  let used: Toolset | undefined;
  const toolset = (): Toolset => {
    if (!used) throw new TypeError('up has not run yet');
    return used;
  };
  const provider = createLocalProvider({
    stateRoot: defaultStateRoot(world.env),
    rootless: process.getuid?.() !== 0,
    async prepare(spec, progress) {
      selectAddons(spec.addons);
      await requireLocalCluster(progress);
      const names = [...new Set([...componentsOf(spec), ...extraComponents])];
      used = await ensureComponents(world, names, spec.componentVersions, progress);
      const bundle = path.join(cacheDirectory(world), 'workload', 'server.mjs');
      await bundleWorkload(bundle);
      return nodeParts(spec, used, { bundle, node: process.execPath });
    },
    bases,
    installAddons: (spec, client, definitions, progress, signal) =>
      installAddons(
        ['dns', ...spec.addons],
        {
          client,
          signal,
          definitions,
          surroundings: spec.surroundings,
          fastProbes: true,
          ...componentAccess(toolset()),
        },
        progress,
      ),
  });
  return { provider, toolset };
}
