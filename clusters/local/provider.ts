/** The embedded cluster: real Kubernetes programs in namespaces of their own, no container engine, no images. */
import { spawn } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { openSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as lockfile from 'proper-lockfile';
import { environmentError } from '../../harness/errors/harness-error.ts';
import type {
  ClusterProvider,
  ClusterSpec,
  ClusterStatus,
  LoadPlacement,
  Progress,
  RunningCluster,
} from '../../harness/pipeline/ports.ts';
import { writeFileAtomic } from '../../harness/process/atomic-file.ts';
import { type ClusterClient, createClusterClient } from '../../k8s/client/cluster-client.ts';
import { ADDRESSES } from './addresses.ts';
import { type ClusterFiles, clusterFiles } from './cluster-files.ts';
import { type ClusterState, clusterStateSchema, type NodeSpec } from './node-spec.ts';
import { podNetworkNamespace } from './pod-namespace.ts';
import { isAlive } from './process-identity.ts';
import { siblingScript } from './sibling-script.ts';
import { findClusterProcesses, sweepCluster } from './sweep.ts';

export type NodeParts = Pick<NodeSpec, 'programs' | 'criProto' | 'catalogue' | 'components'>;

export interface LocalProviderPorts {
  readonly stateRoot: string;
  readonly rootless: boolean;
  /** Builds or finds the programs a specification needs. */
  readonly prepare: (spec: ClusterSpec, progress: Progress, signal: AbortSignal) => Promise<NodeParts>;
  readonly installAddons: (
    spec: ClusterSpec,
    client: ClusterClient,
    progress: Progress,
    signal: AbortSignal,
  ) => Promise<void>;
}

const API_READY_MS = 90_000;

export function createLocalProvider(ports: LocalProviderPorts): ClusterProvider {
  const filesOf = (name: string) => clusterFiles(ports.stateRoot, name);

  return {
    name: 'local',
    async up(spec, progress, signal) {
      const parts = await ports.prepare(spec, progress, signal);
      const hash = specHash(spec, parts, ports.rootless);
      const files = filesOf(spec.name);
      return withClusterLock(ports.stateRoot, spec.name, async () => {
        const found = await readLiveState(files);
        if (found?.specHash === hash && (await readReady(files)) === hash) {
          progress.note(`cluster ${spec.name} is up already`);
          return runningCluster(files, found, parts.components, ports.rootless);
        }
        const left = await sweepCluster(ports.stateRoot, files);
        if (left.processes > 0) progress.note(`removed an earlier cluster ${spec.name} that did not fit or was broken`);
        try {
          const state = await startNode(ports, spec, parts, hash, files, progress, signal);
          const client = createClusterClient(files.kubeconfig);
          await ports.installAddons(spec, client, progress, signal);
          await writeFileAtomic(files.ready, JSON.stringify({ specHash: hash, readyAt: Date.now() }), 0o600);
          return runningCluster(files, state, parts.components, ports.rootless);
        } catch (error) {
          if (signal.aborted) await sweepCluster(ports.stateRoot, files);
          throw error;
        }
      });
    },
    async down(name, progress) {
      await withClusterLock(ports.stateRoot, name, async () => {
        const step = progress.step(`down ${name}`);
        const left = await sweepCluster(ports.stateRoot, filesOf(name));
        step.done(left.processes === 0 ? 'nothing was running' : 'removed');
      });
    },
    async list() {
      const names = await readdir(ports.stateRoot, { withFileTypes: true }).catch(() => []);
      const clusters = names.filter((entry) => entry.isDirectory() && !/\.(run|lock)$/.test(entry.name));
      return Promise.all(clusters.map((entry) => clusterStatus(ports.stateRoot, filesOf(entry.name))));
    },
  };
}

function specHash(spec: ClusterSpec, parts: NodeParts, rootless: boolean): string {
  const essence = { addons: spec.addons, parts, rootless };
  return createHash('sha256').update(JSON.stringify(essence)).digest('hex');
}

async function withClusterLock<T>(stateRoot: string, name: string, work: () => Promise<T>): Promise<T> {
  await mkdir(stateRoot, { recursive: true, mode: 0o700 });
  const release = await lockfile
    .lock(path.join(stateRoot, name), {
      realpath: false,
      stale: 10_000,
      retries: { retries: 60, factor: 1, minTimeout: 1_000 },
    })
    .catch((cause: unknown) => {
      throw environmentError('CLUSTER_BUSY', `cluster ${name} is being changed by another canaryproof`, {
        hint: 'Wait for it to end, or use another --name.',
        cause,
      });
    });
  try {
    return await work();
  } finally {
    await release();
  }
}

/** The state of a cluster whose supervisor and node are both alive. */
async function readLiveState(files: ClusterFiles): Promise<ClusterState | undefined> {
  const text = await readFile(files.state, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const state = clusterStateSchema.parse(JSON.parse(text));
    return (await isAlive(state.supervisor)) && (await isAlive(state.init)) ? state : undefined;
  } catch {
    return undefined;
  }
}

async function readReady(files: ClusterFiles): Promise<string | undefined> {
  const text = await readFile(files.ready, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as { specHash: string }).specHash;
}

async function startNode(
  ports: LocalProviderPorts,
  spec: ClusterSpec,
  parts: NodeParts,
  hash: string,
  files: ClusterFiles,
  progress: Progress,
  signal: AbortSignal,
): Promise<ClusterState> {
  const step = progress.step('control plane');
  for (const directory of [files.directory, files.logs, files.node, files.volatile, files.git, files.sockets])
    await mkdir(directory, { recursive: true, mode: 0o700 });
  await requireOwnDirectory(files.sockets);
  const token = () => randomBytes(24).toString('hex');
  const nodeSpec: NodeSpec = {
    hash,
    name: spec.name,
    rootless: ports.rootless,
    ...parts,
    tokens: { admin: token(), controllerManager: token(), scheduler: token(), kubelet: token(), kubeProxy: token() },
  };
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = privateKey.export({ type: 'sec1', format: 'pem' });
  await writeFileAtomic(path.join(files.node, 'service-account.key'), key, 0o600);
  await writeFileAtomic(files.spec, JSON.stringify(nodeSpec, null, 2), 0o600);
  const log = openSync(path.join(files.logs, 'supervisor.log'), 'a');
  const script = siblingScript(import.meta.url, 'supervisor');
  const supervisor = spawn(process.execPath, [script, ports.stateRoot, spec.name], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  let ended: string | undefined;
  supervisor.once('exit', (code, reason) => {
    ended = reason ?? `exit code ${code}`;
  });
  supervisor.unref();
  const deadline = Date.now() + API_READY_MS;
  for (;;) {
    signal.throwIfAborted();
    const state = await readLiveState(files);
    if (state && (await apiAnswers(files))) {
      step.done(`API server ready on 127.0.0.1:${state.ports.api}`);
      return state;
    }
    if (ended !== undefined || Date.now() > deadline) {
      const tail = (await readFile(path.join(files.logs, 'supervisor.log'), 'utf8')).trimEnd().split('\n').slice(-8);
      step.fail('did not start');
      await sweepProcessesOnly(ports.stateRoot, spec.name);
      throw environmentError(
        'CLUSTER_START_FAILED',
        `the control plane did not start (${ended ?? 'time limit'})\n${tail.join('\n')}`,
        {
          where: files.logs,
          hint: 'Run `canaryproof doctor`; the logs stay in that folder until the next `up` or `down`.',
        },
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** /tmp is everybody's: a directory that somebody else made under our name must not hold our sockets. */
async function requireOwnDirectory(directory: string): Promise<void> {
  const found = await lstat(directory);
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0) return;
  throw environmentError(
    'SOCKET_DIRECTORY_FOREIGN',
    "the directory for the cluster's sockets belongs to somebody else",
    {
      where: directory,
      hint: 'Remove it, or use another --name.',
    },
  );
}

async function sweepProcessesOnly(stateRoot: string, name: string): Promise<void> {
  for (const { pid } of await findClusterProcesses(stateRoot, name)) process.kill(pid, 'SIGKILL');
}

async function apiAnswers(files: ClusterFiles): Promise<boolean> {
  try {
    return (await createClusterClient(files.kubeconfig).getText('/readyz')) === 'ok';
  } catch {
    return false;
  }
}

async function clusterStatus(stateRoot: string, files: ClusterFiles): Promise<ClusterStatus> {
  const state = await readLiveState(files);
  const ready = state !== undefined && (await readReady(files)) === state.specHash;
  const processes = await findClusterProcesses(stateRoot, files.name);
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

function runningCluster(
  files: ClusterFiles,
  state: ClusterState,
  components: RunningCluster['components'],
  rootless: boolean,
): RunningCluster {
  // entering the network only: files, pids and the user's environment stay the host's, so evidence needs no copying
  const user = rootless ? ['-U', '--preserve-credentials'] : [];
  const enter = (namespace: readonly string[]) => ['setpriv', '--pdeathsig', 'KILL', 'nsenter', ...namespace, '--'];
  const init = String(state.init.pid);
  const ingress = `http://${ADDRESSES.ingressServiceIp}`;
  return {
    name: files.name,
    provider: 'local',
    kubeconfigPath: files.kubeconfig,
    components,
    git: { directory: files.git, url: `http://${ADDRESSES.nodeIp}:${ADDRESSES.gitPort}` },
    prometheusUrl: `http://127.0.0.1:${state.ports.prometheus}`,
    ingressUrl: `http://127.0.0.1:${state.ports.ingress}`,
    async notEnforced() {
      const text = await readFile(path.join(files.node, 'not-enforced.json'), 'utf8').catch(() => '[]');
      return JSON.parse(text) as string[];
    },
    async loadAt(placement: LoadPlacement) {
      if (placement.kind === 'host') return { argvPrefix: [], ingressUrl: `http://127.0.0.1:${state.ports.ingress}` };
      if (placement.kind === 'ingress') return { argvPrefix: enter(['-t', init, ...user, '-n']), ingressUrl: ingress };
      const pod = await createClusterClient(files.kubeconfig).get(
        { apiVersion: 'v1', resource: 'pods', namespace: placement.namespace },
        placement.pod,
      );
      const podIp = String((pod?.status as { podIP?: string } | undefined)?.podIP ?? '');
      const namespace = await podNetworkNamespace(state.init.pid, podIp);
      return {
        argvPrefix: enter([...(rootless ? ['-t', init, ...user] : []), `--net=${namespace}`]),
        ingressUrl: ingress,
      };
    },
  };
}
