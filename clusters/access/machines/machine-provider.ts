/** The life of a cluster that kind or minikube makes: the same steps for both, each undone when a later one fails. */
import { createHash } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import type { ClusterProvider, ClusterSpec, ClusterStatus, RunningCluster } from '../../../harness/ports/cluster.ts';
import type { Progress } from '../../../harness/ports/progress.ts';
import { bootMoment } from '../../../harness/process/boot-moment.ts';
import type { ClusterClient } from '../../../k8s/client/cluster-client.ts';
import { type Ownership, ownerLabels } from '../../../k8s/client/ownership.ts';
import { ensureGitServer } from '../git/git-server-process.ts';
import { recordIdentity } from '../ownership/cluster-identity.ts';
import { isClusterFolder, sweepLease } from '../ownership/cluster-lease.ts';
import { withClusterLock } from '../ownership/cluster-lock.ts';
import { isExpired } from '../ownership/expiry.ts';
import { LIFETIME_MS, newInstallation } from '../ownership/ownership.ts';
import { readComponents } from './image-components.ts';
import type { ClusterMachine, MachineParts } from './machine.ts';
import { type InCluster, machineCluster } from './machine-cluster.ts';
import { type MachineFiles, machineFiles } from './machine-files.ts';
import { type MachineState, readMachineState, writeMachineState } from './machine-state.ts';
import { openNodePorts } from './node-ports.ts';
import { withPullWatch } from './pull-failures.ts';
import { type GiveUpPorts, giveUp, removeCluster, type SweepPorts, sweepExpired } from './remove-machine.ts';
import { requireSupportedVersion } from './version-support.ts';

export interface MachineProviderPorts extends GiveUpPorts, SweepPorts {
  readonly prepare: (spec: ClusterSpec, progress: Progress, signal: AbortSignal) => Promise<MachineParts>;
  readonly connect: (kubeconfigPath: string) => ClusterClient;
  readonly installAddons: (
    spec: ClusterSpec,
    client: ClusterClient,
    progress: Progress,
    signal: AbortSignal,
  ) => Promise<void>;
  /** Settings of the addons; a cluster that is up with others is made anew. */
  readonly addonValues?: readonly string[];
  readonly inCluster: InCluster;
  /** Default: a process that serves the repositories of the cluster's folder. */
  readonly ensureGit?: typeof ensureGitServer;
}

export function createMachineProvider(ports: MachineProviderPorts): ClusterProvider {
  const { machine, stateRoot } = ports;
  const filesOf = (name: string) => machineFiles(stateRoot, name);

  return {
    name: machine.provider,
    async up(spec, progress, signal, onMaking) {
      const files = filesOf(spec.name);
      return withClusterLock(stateRoot, spec.name, async () => {
        await machine.requireEngine();
        const found = await readMachineState(files);
        const running = found !== undefined && (await machine.isRunning(files));
        if (!running) await machine.preflight(files);
        const parts = await ports.prepare(spec, progress, signal);
        const hash = specHash(ports, spec, parts);
        if (running && found.specHash === hash && found.readyAt && (await apiAnswers(ports.connect, files))) {
          progress.note(`cluster ${spec.name} is up already`);
          return describeCluster(ports, files, spec, parts);
        }
        await sweepExpired(ports, spec.name, progress);
        onMaking?.();
        if (found && (await removeCluster(machine, files)))
          progress.note(`removed an earlier cluster ${spec.name} that did not fit or was broken`);
        const createdAt = ports.now();
        const state: MachineState = {
          ...{ name: spec.name, specHash: hash, createdAt, expiresAt: createdAt + LIFETIME_MS },
          ...{ installation: newInstallation(), madeAt: await bootMoment() },
        };
        await mkdir(files.directory, { recursive: true, mode: 0o700 });
        await writeMachineState(files, state);
        try {
          return await build(ports, { spec, parts, files, state }, progress, signal);
        } catch (error) {
          await giveUp(ports, files, progress, signal);
          throw error;
        }
      });
    },
    async down(name, progress) {
      return withClusterLock(stateRoot, name, async () => {
        const step = progress.step(`down ${name}`);
        const removed = await removeCluster(machine, filesOf(name));
        await sweepLease(stateRoot, name);
        step.done(removed ? 'removed' : 'nothing was there');
        return removed;
      });
    },
    async list() {
      const entries = await readdir(stateRoot, { withFileTypes: true }).catch(() => []);
      const known = entries.filter(isClusterFolder);
      const owned = await machine.owned().catch(() => []);
      const names = [...new Set([...known.map(({ name }) => name), ...owned])].sort();
      const boot = await bootMoment();
      const expired = (state: MachineState) => isExpired(state, ports.now(), boot);
      return Promise.all(names.map((name) => clusterStatus(machine, filesOf(name), expired)));
    },
  };
}

interface Build {
  readonly spec: ClusterSpec;
  readonly parts: MachineParts;
  readonly files: MachineFiles;
  readonly state: MachineState;
}

async function build(
  ports: MachineProviderPorts,
  { spec, parts, files, state }: Build,
  progress: Progress,
  signal: AbortSignal,
): Promise<RunningCluster> {
  const { machine } = ports;
  const owner = {
    cluster: spec.name,
    installation: state.installation ?? newInstallation(),
    expiresAt: state.expiresAt,
  };
  await machine.create({ spec, parts, files, owner }, progress, signal);
  if (parts.images.length > 0) {
    const step = progress.step(`load ${parts.images.length} images into the nodes`);
    await parts.loadImages(machine, files, signal);
    step.done();
  }
  const client = ports.connect(files.kubeconfig);
  await recordIdentity(files.kubeconfig, client);
  await labelNodes(client, owner);
  await requireSupportedVersion(client, spec.addons);
  // a preloaded image that is missing stays missing; a registry may have a bad moment
  const looks = parts.images.length > 0 ? 2 : 10;
  await withPullWatch(client, looks, signal, (watched) => ports.installAddons(spec, client, progress, watched));
  await openNodePorts(client, spec.addons);
  await writeMachineState(files, { ...state, readyAt: ports.now() });
  return describeCluster(ports, files, spec, parts);
}

/** So that whoever meets the cluster by its API sees whose it is. */
async function labelNodes(client: ClusterClient, owner: Ownership): Promise<void> {
  const nodes = { apiVersion: 'v1', resource: 'nodes' };
  const body = { metadata: { labels: ownerLabels(owner) } };
  for (const node of await client.list(nodes)) await client.patch(nodes, node.metadata.name, 'merge', body);
}

async function describeCluster(
  ports: MachineProviderPorts,
  files: MachineFiles,
  spec: ClusterSpec,
  parts: MachineParts,
): Promise<RunningCluster> {
  const client = ports.connect(files.kubeconfig);
  const addresses = await ports.machine.addresses(files);
  const origins = new Map(parts.images.map(({ reference, origin }) => [reference, origin]));
  const [git, inCluster] = await Promise.all([
    (ports.ensureGit ?? ensureGitServer)(files.directory, addresses.host),
    readComponents(client, origins, parts.nodeOrigin),
  ]);
  return machineCluster({
    machine: ports.machine,
    files,
    addons: spec.addons,
    components: [...parts.components, ...inCluster],
    client,
    git,
    addresses,
    inCluster: ports.inCluster,
  });
}

function specHash(
  { machine, addonValues = [] }: MachineProviderPorts,
  spec: ClusterSpec,
  { nodeImage, images }: MachineParts,
): string {
  const essence = {
    essence: machine.essence,
    addonValues,
    addons: spec.addons,
    versions: spec.componentVersions,
    nodeImage,
    images,
    ...(spec.surroundings ? { surroundings: spec.surroundings } : {}),
  };
  return createHash('sha256').update(JSON.stringify(essence)).digest('hex');
}

async function apiAnswers(connect: MachineProviderPorts['connect'], files: MachineFiles): Promise<boolean> {
  try {
    return (await connect(files.kubeconfig).getText('/readyz')) === 'ok';
  } catch {
    return false;
  }
}

async function clusterStatus(
  machine: ClusterMachine,
  files: MachineFiles,
  isOver: (state: MachineState) => boolean,
): Promise<ClusterStatus> {
  const state = await readMachineState(files);
  const running = await machine.isRunning(files).catch(() => false);
  const expired = state !== undefined && isOver(state);
  const ready = running && state?.readyAt !== undefined && !expired;
  return {
    name: files.name,
    provider: machine.provider,
    state: ready ? 'running' : 'broken',
    kubeconfigPath: files.kubeconfig,
    createdAt: state?.createdAt ?? 0,
    detail: ready
      ? `until ${new Date(state.expiresAt).toISOString()}`
      : `${expired ? 'expired' : running ? 'half made' : 'its nodes do not run'}; run \`canaryproof up\` or \`canaryproof down --name ${files.name}\``,
  };
}
