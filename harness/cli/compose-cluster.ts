/** Connects `up`, `down` and `status` with the local provider, its toolchain and its addons. */
import { homedir } from 'node:os';
import path from 'node:path';
import { leaseCluster } from '../../clusters/access/cluster-lease.ts';
import { installAddons, selectAddons } from '../../clusters/addons/install-addons.ts';
import { defaultStateRoot } from '../../clusters/local/cluster-files.ts';
import { requireLocalCluster } from '../../clusters/local/preflight.ts';
import { componentsOf, nodeParts } from '../../clusters/local/prepare-node.ts';
import { createLocalProvider } from '../../clusters/local/provider.ts';
import { defaultCacheDirectory } from '../../clusters/toolchain/cache-layout.ts';
import { goCachesFromEnvironment } from '../../clusters/toolchain/go-caches.ts';
import { createToolchain } from '../../clusters/toolchain/toolchain.ts';
import type { Toolset } from '../../clusters/toolchain/toolset.ts';
import { bundleWorkload } from '../../k8s/workload/bundle-workload.ts';
import type { ClusterProvider, ClusterSpec, ClusterStatus, Progress } from '../pipeline/ports.ts';
import { componentAccess } from './compose-addons.ts';
import { createProvider, NOTHING_WANTED } from './compose-provider.ts';
import { PROVIDERS, type UpProduct, type UpRequest } from './services.ts';
import type { World } from './world.ts';

export function cacheDirectory(world: World): string {
  return defaultCacheDirectory(world.env, homedir());
}

/** The components, built where they are missing. `extra` are components that no addon brings, such as k6. */
export function ensureComponents(
  world: World,
  names: readonly string[],
  versions: Readonly<Record<string, string>>,
  progress: Progress,
): Promise<Toolset> {
  const goCaches = goCachesFromEnvironment(world.env);
  const toolchain = createToolchain({
    cacheDirectory: cacheDirectory(world),
    progress,
    signal: world.interruption.signal,
    ...(goCaches ? { goCaches } : {}),
  });
  return toolchain.ensure(names.map((name) => ({ name, ...(versions[name] ? { version: versions[name] } : {}) })));
}

export interface LocalCluster {
  readonly provider: ClusterProvider;
  /** Components that the last `up` used. */
  toolset(): Toolset;
}

/** @param extraComponents components wanted beside those of the node and its addons */
export function createLocalCluster(world: World, extraComponents: readonly string[]): LocalCluster {
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
    installAddons: (spec, client, progress, signal) =>
      installAddons(
        ['dns', ...spec.addons],
        { client, signal, fastProbes: true, ...componentAccess(toolset()) },
        progress,
      ),
  });
  return { provider, toolset };
}

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

export async function status(world: World): Promise<readonly ClusterStatus[]> {
  const lists = PROVIDERS.map(async (provider) =>
    (await createProvider(world, { ...NOTHING_WANTED, provider })).provider.list(),
  );
  return (await Promise.all(lists)).flat();
}
