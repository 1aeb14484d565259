/** The embedded cluster: real Kubernetes programs in namespaces of their own, no container engine, no images. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import type { ClusterProvider, ClusterSpec, ClusterStatus } from '../../harness/ports/cluster.ts';
import type { KeptDefinitions } from '../../harness/ports/kept-definitions.ts';
import type { Progress } from '../../harness/ports/progress.ts';
import { writeFileAtomic } from '../../harness/process/atomic-file.ts';
import { createApiRequest } from '../../k8s/client/api-request.ts';
import { type ClusterClient, createClusterClient, readKubeconfig } from '../../k8s/client/cluster-client.ts';
import { recordIdentity } from '../access/ownership/cluster-identity.ts';
import { isClusterFolder, sweepLease } from '../access/ownership/cluster-lease.ts';
import { withClusterLock } from '../access/ownership/cluster-lock.ts';
import { enforceMachinePolicies } from './admission/enforce-policies.ts';
import { readBelow } from './base/etcd-gateway.ts';
import {
  type BaseStore,
  baseKey,
  baseOf,
  DEFINITIONS,
  type DefinitionsOfCluster,
  definitionsOf,
  entriesOf,
} from './base/kept-base.ts';
import { type ClusterFiles, clusterFiles } from './cluster-files.ts';
import { etcdSocket } from './control-plane/program-lines.ts';
import { readLiveState, readReady } from './live-state.ts';
import { findClusterProcesses } from './node-processes.ts';
import type { ClusterState, NodeParts, NodeSpec } from './node-spec.ts';
import { offerEphemeralStorage } from './node-storage.ts';
import { runningCluster } from './running-cluster.ts';
import { leaveRuntimeRoot, makeRuntimeRoot } from './runtime-root.ts';
import { startNode } from './start-node.ts';
import { sweepCluster } from './sweep.ts';

export interface LocalProviderPorts {
  readonly stateRoot: string;
  /** Folder for sockets and mount points; default: the system's place for them. */
  readonly runtimeRoot?: string;
  readonly rootless: boolean;
  /** Builds or finds the programs a specification needs. */
  readonly prepare: (spec: ClusterSpec, progress: Progress, signal: AbortSignal) => Promise<NodeParts>;
  readonly installAddons: (
    spec: ClusterSpec,
    client: ClusterClient,
    definitions: KeptDefinitions,
    progress: Progress,
    signal: AbortSignal,
  ) => Promise<void>;
  /** Where earlier clusters left what a new one may begin with. */
  readonly bases: BaseStore;
}

export function createLocalProvider(ports: LocalProviderPorts): ClusterProvider {
  const runtimeRoot = async () => ports.runtimeRoot ?? makeRuntimeRoot(ports.stateRoot);
  const filesOf = async (name: string) => clusterFiles(ports.stateRoot, name, await runtimeRoot());

  return {
    name: 'local',
    async up(spec, progress, signal, onMaking) {
      const parts = await ports.prepare(spec, progress, signal);
      const hash = specHash(spec, parts, ports.rootless);
      const files = await filesOf(spec.name);
      return withClusterLock(ports.stateRoot, spec.name, async () => {
        const found = await readLiveState(files);
        if (found?.specHash === hash && (await readReady(files)) === hash) {
          // what was deployed since may have changed them
          await enforce(files, signal);
          progress.note(`cluster ${spec.name} is up already`);
          return runningCluster(files, found, parts.components, spec.addons, ports.rootless);
        }
        onMaking?.();
        const left = await sweepCluster(files);
        if (left.processes > 0) progress.note(`removed an earlier cluster ${spec.name} that did not fit or was broken`);
        const key = baseKey(spec.addons, parts);
        const base = await ports.bases.read(key);
        try {
          const state = await startNode(
            { stateRoot: ports.stateRoot, runtimeRoot: await runtimeRoot() },
            nodeSpec(spec, parts, hash, ports.rootless),
            base === undefined ? [] : entriesOf(base, Date.now()),
            files,
            progress,
            signal,
          );
          const client = createClusterClient(files.kubeconfig);
          const definitions = definitionsOf(base);
          // what addons apply is ours, and nothing else is deployed before all three are done
          await allOrNone([
            offerEphemeralStorage(client, files.directory, signal),
            enforce(files, signal),
            ports.installAddons(spec, client, definitions, progress, signal),
          ]);
          if (definitions.hasNew()) await keepBase(ports.bases, key, definitions, state, files, progress);
          await recordIdentity(files.kubeconfig, client);
          await writeFileAtomic(files.ready, JSON.stringify({ specHash: hash, readyAt: Date.now() }), 0o600);
          return runningCluster(files, state, parts.components, spec.addons, ports.rootless);
        } catch (error) {
          if (signal.aborted) await sweepCluster(files);
          throw error;
        }
      });
    },
    async down(name, progress) {
      return withClusterLock(ports.stateRoot, name, async () => {
        const step = progress.step(`down ${name}`);
        const files = await filesOf(name);
        const wasKnown = existsSync(files.directory);
        const left = await sweepCluster(files);
        await sweepLease(ports.stateRoot, name);
        await leaveRuntimeRoot(ports.stateRoot);
        step.done(left.processes === 0 ? 'nothing was running' : 'removed');
        return wasKnown || left.processes > 0;
      });
    },
    async list() {
      const names = await readdir(ports.stateRoot, { withFileTypes: true }).catch(() => []);
      const clusters = names.filter(isClusterFolder);
      return Promise.all(clusters.map(async (entry) => clusterStatus(await filesOf(entry.name))));
    },
  };
}

async function enforce({ kubeconfig }: ClusterFiles, signal: AbortSignal): Promise<void> {
  await enforceMachinePolicies(createApiRequest(readKubeconfig(kubeconfig)), signal);
}

/** Rejects with the first failure after the others have ended. */
async function allOrNone(works: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(works)) if (result.status === 'rejected') throw result.reason;
}

/** For the clusters after this one; this one is up, whatever becomes of it. */
async function keepBase(
  bases: BaseStore,
  key: string,
  definitions: DefinitionsOfCluster,
  { init }: ClusterState,
  files: ClusterFiles,
  progress: Progress,
): Promise<void> {
  try {
    // the socket is in the node's own mounts, and leads there through its first process
    const socket = `/proc/${init.pid}/root${etcdSocket({ state: files.volatile })}`;
    await bases.write(key, baseOf(await readBelow(socket, DEFINITIONS), definitions.manifests()));
  } catch (error) {
    progress.note(`nothing is kept for the next cluster: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function specHash(spec: ClusterSpec, parts: NodeParts, rootless: boolean): string {
  const { addons, surroundings } = spec;
  const essence = { addons, parts, rootless, ...(surroundings ? { surroundings } : {}) };
  return createHash('sha256').update(JSON.stringify(essence)).digest('hex');
}

function nodeSpec({ name }: ClusterSpec, parts: NodeParts, hash: string, rootless: boolean): NodeSpec {
  const token = () => randomBytes(24).toString('hex');
  const tokens = {
    admin: token(),
    controllerManager: token(),
    scheduler: token(),
    kubelet: token(),
    kubeProxy: token(),
  };
  return { hash, name, rootless, ...parts, tokens };
}

async function clusterStatus(files: ClusterFiles): Promise<ClusterStatus> {
  const state = await readLiveState(files);
  const ready = state !== undefined && (await readReady(files)) === state.specHash;
  const processes = await findClusterProcesses(files);
  return {
    name: files.name,
    provider: 'local',
    state: ready ? 'running' : state ? 'starting' : 'broken',
    kubeconfigPath: files.kubeconfig,
    createdAt: state?.createdAt ?? 0,
    detail: ready
      ? `ingress http://127.0.0.1:${state.ports.ingress}`
      : `${processes.length} process(es) left; run \`canaryproof up\` or \`canaryproof down --name ${files.name}\``,
  };
}
