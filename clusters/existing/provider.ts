/** Somebody else's cluster: used only when it was named, changed only in what carries our label. */
import { mkdir, readdir } from 'node:fs/promises';
import { usageError } from '../../harness/errors/harness-error.ts';
import type { ClusterProvider, ClusterSpec, ClusterStatus, RunningCluster } from '../../harness/ports/cluster.ts';
import type { Progress } from '../../harness/ports/progress.ts';
import { removeOwnTree } from '../../harness/process/remove-own-tree.ts';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import { isClusterFolder, sweepLease } from '../access/cluster-lease.ts';
import { withClusterLock } from '../access/cluster-lock.ts';
import { stopGitServer } from '../access/git-server-process.ts';
import { readComponents } from '../access/image-components.ts';
import type { InClusterPrefix } from '../access/machine-cluster.ts';
import { type MachineFiles, machineFiles } from '../access/machine-files.ts';
import { type MachineState, readMachineState, writeMachineState } from '../access/machine-state.ts';
import { ownedClient } from '../access/owned-client.ts';
import { LIFETIME_MS } from '../access/ownership.ts';
import { withPullWatch } from '../access/pull-failures.ts';
import { requireSupportedVersion } from '../access/version-support.ts';
import { existingCluster, type GitChoice } from './existing-cluster.ts';
import { removeOwned } from './owned-objects.ts';
import { writePrivateKubeconfig } from './private-kubeconfig.ts';
import { addonNamespaces, missingAddons, requireAddons, requireApi } from './require-cluster.ts';

/** A registry may have a bad moment; looks are 3 s apart. */
const PULL_LOOKS = 10;

export interface ExistingOptions {
  readonly kubeconfig: string;
  readonly context: string;
  /** Name of the one context that may be used although we did not make its cluster. */
  readonly allowedContext: string | undefined;
  readonly installAddons: boolean;
  readonly git: GitChoice;
}

export interface ExistingProviderPorts {
  /** Undefined: only clusters that were used before can be listed and taken down. */
  readonly options: ExistingOptions | undefined;
  readonly stateRoot: string;
  /** Whether a kubeconfig file belongs to a cluster that canaryproof made. */
  readonly isOurs: (kubeconfig: string) => Promise<boolean>;
  readonly connect: (kubeconfigPath: string) => ClusterClient;
  /** Components whose manifests an installation needs. */
  readonly prepare: (spec: ClusterSpec, progress: Progress, signal: AbortSignal) => Promise<void>;
  readonly installAddons: (
    addons: readonly string[],
    client: ClusterClient,
    progress: Progress,
    signal: AbortSignal,
  ) => Promise<void>;
  readonly inCluster: InClusterPrefix;
  /** Whether addresses that this process has to serve are of use: not when it ends at once. */
  readonly staysUp: boolean;
  now(): number;
}

export function createExistingProvider(ports: ExistingProviderPorts): ClusterProvider {
  const filesOf = (name: string) => machineFiles(ports.stateRoot, name);
  return {
    name: 'existing',
    async up(spec, progress, signal, onMaking) {
      const options = await requireAllowed(ports);
      const files = filesOf(spec.name);
      return withClusterLock(ports.stateRoot, spec.name, async () => {
        const before = await readMachineState(files);
        if (before && before.specHash !== options.context)
          throw usageError('CLUSTER_NAME_TAKEN', `the name ${spec.name} stands for the context ${before.specHash}`, {
            hint: `Use another --name, or first: canaryproof down --name ${spec.name}`,
          });
        await mkdir(files.directory, { recursive: true, mode: 0o700 });
        try {
          await writePrivateKubeconfig(options.kubeconfig, options.context, files.kubeconfig);
          return await converge(ports, options, spec, files, before, progress, signal, onMaking);
        } catch (error) {
          // nothing of ours is on the cluster yet when it could not be used at all
          if (before === undefined && (await readMachineState(files)) === undefined)
            await removeOwnTree(files.directory);
          throw error;
        }
      });
    },
    async down(name, progress) {
      const files = filesOf(name);
      await withClusterLock(ports.stateRoot, name, async () => {
        const step = progress.step(`down ${name}`);
        const state = await readMachineState(files);
        const removed = state ? await removeOwned(ports.connect(files.kubeconfig), name) : 0;
        await stopGitServer(files.directory);
        await removeOwnTree(files.directory);
        await sweepLease(ports.stateRoot, name);
        step.done(state ? `removed ${removed} objects of ours; the cluster stays` : 'nothing was there');
      });
    },
    async list() {
      const entries = await readdir(ports.stateRoot, { withFileTypes: true }).catch(() => []);
      const names = entries.filter(isClusterFolder);
      return Promise.all(names.map(({ name }) => clusterStatus(ports, filesOf(name))));
    },
  };
}

/** @throws HarnessError CONTEXT_MISSING, CONTEXT_NOT_ALLOWED (exit 2) */
async function requireAllowed({ options, isOurs }: ExistingProviderPorts): Promise<ExistingOptions> {
  if (options === undefined)
    throw usageError('CONTEXT_MISSING', 'provider existing needs to be told which cluster', {
      hint: 'Name it with --context NAME; the current context of a kubeconfig is never taken.',
    });
  if (options.allowedContext === options.context || (await isOurs(options.kubeconfig))) return options;
  throw usageError(
    'CONTEXT_NOT_ALLOWED',
    `the context '${options.context}' is of a cluster that canaryproof did not make`,
    {
      where: options.kubeconfig,
      hint: `If it is the one you mean, add --allow-context ${options.context}. Only namespaces and objects of our own are made there.`,
    },
  );
}

async function converge(
  ports: ExistingProviderPorts,
  options: ExistingOptions,
  spec: ClusterSpec,
  files: MachineFiles,
  before: MachineState | undefined,
  progress: Progress,
  signal: AbortSignal,
  onMaking?: () => void,
): Promise<RunningCluster> {
  const client = ports.connect(files.kubeconfig);
  await requireApi(client, options.context);
  await requireSupportedVersion(client, spec.addons);
  const missing = await missingAddons(client, spec.addons);
  if (!options.installAddons) requireAddons(missing, options.context);
  const createdAt = before?.createdAt ?? ports.now();
  const expiresAt = before?.expiresAt ?? createdAt + LIFETIME_MS;
  const state = { name: spec.name, specHash: options.context, createdAt, expiresAt };
  // what an earlier `up` left ready is its own
  if (!before?.readyAt) onMaking?.();
  await writeMachineState(files, state);
  const owner = { cluster: spec.name, expiresAt };
  const owned = ownedClient(client, owner);
  const lacking = [...missing.keys()];
  await ports.prepare({ ...spec, addons: lacking }, progress, signal);
  if (lacking.length > 0)
    await withPullWatch(
      client,
      PULL_LOOKS,
      signal,
      (watched) => ports.installAddons(lacking, owned, progress, watched),
      // what others of this cluster wait for is not ours to judge
      addonNamespaces(lacking),
    );
  else if (before?.readyAt) progress.note(`cluster ${spec.name} is up already`);
  const cluster = await existingCluster({
    name: spec.name,
    files,
    client,
    owned,
    owner,
    addons: spec.addons,
    git: options.git,
    components: await readComponents(client, new Map()),
    inCluster: ports.inCluster,
    staysUp: ports.staysUp,
  });
  await writeMachineState(files, { ...state, readyAt: before?.readyAt ?? ports.now() });
  return cluster;
}

async function clusterStatus(ports: ExistingProviderPorts, files: MachineFiles): Promise<ClusterStatus> {
  const state = await readMachineState(files);
  const answers = await Promise.resolve()
    .then(() => ports.connect(files.kubeconfig).getText('/version'))
    .then(
      () => true,
      () => false,
    );
  return {
    name: files.name,
    provider: 'existing',
    state: state?.readyAt && answers ? 'running' : 'broken',
    kubeconfigPath: files.kubeconfig,
    createdAt: state?.createdAt ?? 0,
    detail: `context ${state?.specHash ?? 'unknown'}${answers ? '' : '; its API server does not answer'}`,
  };
}
