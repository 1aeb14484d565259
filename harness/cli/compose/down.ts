/** Connects `down` with every provider: nothing goes that a run is using, and nothing on the strength of an old look. */
import { type ClusterLease, leaseCluster } from '../../../clusters/access/ownership/cluster-lease.ts';
import { HarnessError } from '../../errors/harness-error.ts';
import type { ClusterStatus } from '../../ports/cluster.ts';
import type { Progress } from '../../ports/progress.ts';
import { type DownRequest, PROVIDERS } from '../cluster-requests.ts';
import type { World } from '../world.ts';
import { type ConnectedProvider, NOTHING_WANTED } from './connected-provider.ts';
import { createProvider } from './provider.ts';

/**
 * @returns names of what was removed
 * @throws HarnessError CLUSTER_IN_USE when a run is using one of them (all others are removed before); with `orphans`
 * such a one is left alone
 */
export async function down(world: World, request: DownRequest, progress: Progress): Promise<readonly string[]> {
  const names = request.provider === undefined ? PROVIDERS : [request.provider];
  const providers = await Promise.all(names.map((provider) => createProvider(world, { ...NOTHING_WANTED, provider })));
  return removeClusters(providers, request, progress);
}

/**
 * The same, of these providers.
 * @returns names of what was removed
 */
export async function removeClusters(
  providers: readonly Pick<ConnectedProvider, 'provider' | 'stateRoot'>[],
  { which, force = false }: DownRequest,
  progress: Progress,
): Promise<readonly string[]> {
  const isWanted = ({ name, state }: ClusterStatus) =>
    which === 'all' || (which === 'orphans' ? state === 'broken' : name === which.name);
  const found = await Promise.all(
    providers.map(async (from) => ({ from, wanted: (await from.provider.list()).filter(isWanted) })),
  );
  const wanted = found.flatMap(({ from, wanted: known }) => known.map(({ name }) => ({ from, name })));
  // what a killed run left of a local cluster may be more than its list shows
  const [first] = providers;
  if (wanted.length === 0 && typeof which === 'object' && first) wanted.push({ from: first, name: which.name });
  const removed: string[] = [];
  let inUse: HarnessError | undefined;
  for (const { from, name } of wanted) {
    let lease: ClusterLease | undefined;
    try {
      if (!force) lease = await leaseCluster(from.stateRoot, name);
    } catch (error) {
      if (!(error instanceof HarnessError && error.code === 'CLUSTER_IN_USE')) throw error;
      if (which === 'orphans') progress.note(`cluster ${name} is being made or used and stays`);
      else inUse ??= error;
      continue;
    }
    try {
      // now that nobody makes or uses it: what looked half made may be whole
      if (which === 'orphans' && !(await from.provider.list()).some((each) => each.name === name && isWanted(each)))
        continue;
      if (await from.provider.down(name, progress)) removed.push(name);
    } finally {
      await lease?.release();
    }
  }
  if (inUse) throw inUse;
  return removed;
}
