/** A local cluster of a test's own, its state in a folder of its own; for integration tests. */
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type ClusterClient, createClusterClient } from '../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../k8s/client/object.ts';
import { NOTHING_WANTED } from '../cli/compose/connected-provider.ts';
import { createProvider } from '../cli/compose/provider.ts';
import type { World } from '../cli/world.ts';
import type { ClusterSpec, RunningCluster } from '../ports/cluster.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { createFakeWorld } from './fakes/fake-world.ts';
import { createSilentProgress } from './fakes/silent-progress.ts';

export interface LocalMesh {
  readonly cluster: RunningCluster;
  readonly client: ClusterClient;
  down(): Promise<void>;
}

export async function startLocalMesh(
  spec: Pick<ClusterSpec, 'name' | 'images'> & Partial<ClusterSpec>,
): Promise<LocalMesh> {
  const folder = await mkdtemp(path.join(os.tmpdir(), `canaryproof-${spec.name}-`));
  const world: World = {
    ...createFakeWorld(),
    env: { ...process.env, XDG_STATE_HOME: folder },
    cwd: folder,
    now: Date.now,
  };
  const request = { ...NOTHING_WANTED, provider: 'local' as const, settings: {}, extraComponents: ['k6'] };
  const { provider } = await createProvider(world, { ...request, staysUp: true });
  const down = async () => {
    await provider.down(spec.name, createSilentProgress());
    await removeOwnTree(folder);
  };
  try {
    const cluster = await provider.up(
      { addons: ['istio', 'prometheus'], componentVersions: {}, ...spec },
      createSilentProgress(),
      new AbortController().signal,
    );
    return { cluster, client: createClusterClient(cluster.kubeconfigPath), down };
  } catch (error) {
    await down();
    throw error;
  }
}

/** Waits until as many pods as are wanted of each Deployment are available. */
export async function awaitDeployments(client: ClusterClient, namespace: string, names: readonly string[]) {
  const rolledOut = (object: KubeObject | undefined) => {
    const { status, spec } = (object ?? {}) as {
      status?: { availableReplicas?: number };
      spec?: { replicas?: number };
    };
    return (status?.availableReplicas ?? 0) >= (spec?.replicas ?? 1);
  };
  for (const name of names)
    await client.waitFor({ apiVersion: 'apps/v1', resource: 'deployments', namespace }, name, rolledOut, {
      timeoutMs: 120_000,
      what: `Deployment ${name} to be available`,
    });
}
