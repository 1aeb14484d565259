/**
 * Lets the node offer ephemeral storage. Its kubelet measures none (isolation of local storage is off: containers are
 * host processes on the host's disk), and a pod that asks for any would wait for ever. Requests are counted by the
 * scheduler; limits are not enforced.
 */
import { statfs } from 'node:fs/promises';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import { ADDRESSES } from './addresses.ts';

const NODES = { apiVersion: 'v1', resource: 'nodes' } as const;
const REGISTERED_MS = 60_000;

/** The free space under `directory`; the kubelet keeps a capacity that it does not know, as it does extended resources. */
export async function offerEphemeralStorage(
  client: ClusterClient,
  directory: string,
  signal: AbortSignal,
): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const name = ADDRESSES.nodeName;
  await client.waitFor(NODES, name, (node) => node?.status?.capacity !== undefined, {
    timeoutMs: REGISTERED_MS,
    what: `node ${name} to register`,
    signal,
  });
  const amount = String(bavail * bsize);
  const body = { status: { capacity: { 'ephemeral-storage': amount }, allocatable: { 'ephemeral-storage': amount } } };
  await client.patch(NODES, name, 'merge', body, 'status');
}
