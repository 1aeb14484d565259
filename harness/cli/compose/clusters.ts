import { requireUnusedCluster } from '../../../clusters/access/cluster-lease.ts';
import type { ClusterSpec, ClusterStatus } from '../../ports/cluster.ts';
import type { Progress } from '../../ports/progress.ts';
import { type DownRequest, PROVIDERS, type UpProduct, type UpRequest } from '../services.ts';
import type { World } from '../world.ts';
import { NOTHING_WANTED } from './connected-provider.ts';
import { createProvider } from './provider.ts';

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
  await requireUnusedCluster(stateRoot, request.name);
  const cluster = await provider.up(spec, progress, world.interruption.signal);
  const { name, kubeconfigPath, ingressUrl, prometheusUrl, components } = cluster;
  return { name, kubeconfigPath, ingressUrl, prometheusUrl, components };
}

export async function down(world: World, request: DownRequest, progress: Progress): Promise<readonly string[]> {
  const names = request.provider === undefined ? PROVIDERS : [request.provider];
  const providers = await Promise.all(names.map((provider) => createProvider(world, { ...NOTHING_WANTED, provider })));
  const found = await Promise.all(providers.map(async ({ provider }) => ({ provider, known: await provider.list() })));
  const { which } = request;
  const isWanted = ({ name, state }: ClusterStatus) =>
    which === 'all' || (which === 'orphans' ? state === 'broken' : name === which.name);
  const wanted = found.flatMap(({ provider, known }) => known.filter(isWanted).map(({ name }) => ({ provider, name })));
  // what a killed run left of a local cluster may be more than its list shows
  const [first] = found;
  if (wanted.length === 0 && typeof which === 'object' && first)
    wanted.push({ provider: first.provider, name: which.name });
  for (const { provider, name } of wanted) await provider.down(name, progress);
  return wanted.map(({ name }) => name);
}
