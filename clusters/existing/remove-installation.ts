/** Takes everything of one installation off its cluster, while nobody measures there. */
import { environmentError } from '../../harness/errors/harness-error.ts';
import type { MachineFiles } from '../access/machines/machine-files.ts';
import { type MachineState, writeMachineState } from '../access/machines/machine-state.ts';
import { requireSameCluster } from '../access/ownership/cluster-identity.ts';
import { findIstioTraces, removeIstioTraces } from './istio-traces.ts';
import { removeOwned } from './owned-objects.ts';
import type { ExistingProviderPorts } from './provider-ports.ts';
import { holderName, type RunLease, takeRunLease } from './run-lease.ts';

/** @throws HarnessError STATE_UNREADABLE when nobody could tell what is ours on which cluster */
export function requireKnown({ installation, identity }: MachineState, files: MachineFiles) {
  if (installation !== undefined && identity !== undefined) return { installation, identity };
  throw environmentError('STATE_UNREADABLE', `cluster ${files.name} was brought up by an older canaryproof`, {
    where: files.state,
    hint: 'It knew its objects by a name that others may use too. Take it down with that version, or by hand.',
  });
}

/**
 * @param held the lease of this very process, when it has one
 * @returns how many objects were removed
 * @throws HarnessError CLUSTER_CHANGED, CLUSTER_IN_USE, and those of `removeOwned`; the state must be kept then
 */
export async function removeInstallation(
  ports: ExistingProviderPorts,
  files: MachineFiles,
  state: MachineState,
  held: RunLease | undefined,
): Promise<number> {
  const { installation, identity } = requireKnown(state, files);
  const client = ports.connect(files.kubeconfig);
  const same = () => requireSameCluster(files.kubeconfig, client, identity);
  await same();
  const lease =
    held ??
    (await takeRunLease({
      client,
      holder: holderName(installation, `down ${files.name}`),
      signal: new AbortController().signal,
      ...(ports.leaseTimes && { times: ports.leaseTimes }),
    }));
  try {
    lease.lost.throwIfAborted();
    const owner = { cluster: state.name, installation, expiresAt: state.expiresAt };
    const traces = state.istioTraces ?? (await findIstioTraces(client, installation));
    // written down first: once istiod's namespace is gone, nobody could tell its traces any more
    if (traces && !state.istioTraces) await writeMachineState(files, { ...state, istioTraces: traces });
    const owned = ports.connectOwned(files.kubeconfig, { owner, mayShare: () => false }, same);
    const objects = await removeOwned(client, owned, owner, ports.removalTimes);
    const removed = objects + (traces ? await removeIstioTraces(client, traces) : 0);
    // it is the last thing of ours there
    await lease.release();
    return removed;
  } catch (error) {
    if (held === undefined) await lease.release().catch(() => undefined);
    throw error;
  }
}
