/** Somebody else's cluster: used only when it was named and is still the same one, changed only in what we made. */
import { mkdir, readdir } from 'node:fs/promises';
import { usageError } from '../../harness/errors/harness-error.ts';
import type { ClusterProvider, ClusterSpec, ClusterStatus, RunningCluster } from '../../harness/ports/cluster.ts';
import type { Progress } from '../../harness/ports/progress.ts';
import { bootMoment } from '../../harness/process/boot-moment.ts';
import { removeOwnTree } from '../../harness/process/remove-own-tree.ts';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { Ownership } from '../../k8s/client/ownership.ts';
import { stopGitServer } from '../access/git/git-server-process.ts';
import { readComponents } from '../access/machines/image-components.ts';
import { type MachineFiles, machineFiles } from '../access/machines/machine-files.ts';
import {
  type MachineState,
  readMachineState,
  requireMachineState,
  writeMachineState,
} from '../access/machines/machine-state.ts';
import { withPullWatch } from '../access/machines/pull-failures.ts';
import { requireSupportedVersion } from '../access/machines/version-support.ts';
import { type ClusterIdentity, requireSameCluster } from '../access/ownership/cluster-identity.ts';
import { isClusterFolder, sweepLease } from '../access/ownership/cluster-lease.ts';
import { withClusterLock } from '../access/ownership/cluster-lock.ts';
import { isExpired } from '../access/ownership/expiry.ts';
import { LIFETIME_MS, newInstallation } from '../access/ownership/ownership.ts';
import { existingCluster } from './existing-cluster.ts';
import { pinCluster, requireAllowed } from './pin-cluster.ts';
import type { ExistingOptions, ExistingProviderPorts } from './provider-ports.ts';
import { reapExpired } from './reap-expired.ts';
import { reapLoad } from './reap-load.ts';
import { removeInstallation, requireKnown } from './remove-installation.ts';
import { addonNamespaces, missingAddons, requireAddons } from './require-cluster.ts';
import { holderName, type RunLease, takeRunLease } from './run-lease.ts';
import { sharedObjectsAllowed } from './shared-objects.ts';

/** A registry may have a bad moment; looks are 3 s apart. */
const PULL_LOOKS = 10;

export interface ExistingProvider extends ClusterProvider {
  /** A client for what a profile makes. @throws TypeError before `up` */
  profileClient(): ClusterClient;
  /** Gives the lease of a run back. */
  release(): Promise<void>;
}

/** A lease, and the cluster that it is of. */
interface HeldLease {
  readonly kubeSystemUid: string;
  readonly lease: RunLease;
}

export function createExistingProvider(ports: ExistingProviderPorts): ExistingProvider {
  const filesOf = (name: string) => machineFiles(ports.stateRoot, name);
  let held: HeldLease | undefined;
  let used: { readonly owner: Ownership; readonly identity: ClusterIdentity } | undefined;
  const release = async (): Promise<void> => {
    const lease = held?.lease;
    held = undefined;
    // one that cannot be taken away lapses
    await lease?.release().catch(() => undefined);
  };
  const takeDown = async (name: string, progress: Progress, onlyIf: (state: MachineState) => boolean = () => true) => {
    const files = filesOf(name);
    return withClusterLock(ports.stateRoot, name, async () => {
      const state = await requireMachineState(files);
      if (state && !onlyIf(state)) return false;
      const step = progress.step(`down ${name}`);
      try {
        // the lease of this very run, which ends with the removal; another run has to end first
        const isOwn = held?.kubeSystemUid === state?.identity?.kubeSystemUid && !held?.lease.lost.aborted;
        const own = isOwn ? held?.lease : undefined;
        const removed = state ? await removeInstallation(ports, files, state, own) : 0;
        await forget(files);
        await sweepLease(ports.stateRoot, name);
        step.done(state ? `removed ${removed} objects of ours; the cluster stays` : 'nothing was there');
        return state !== undefined;
      } catch (error) {
        step.fail('not finished: what is known of it is kept');
        throw error;
      }
    });
  };
  return {
    name: 'existing',
    release,
    async up(spec, progress, signal, onMaking) {
      const options = await requireAllowed(ports);
      const files = filesOf(spec.name);
      const cluster = await withClusterLock(ports.stateRoot, spec.name, async () => {
        const before = await requireMachineState(files);
        if (before && before.specHash !== options.context)
          throw usageError('CLUSTER_NAME_TAKEN', `the name ${spec.name} stands for the context ${before.specHash}`, {
            hint: `Use another --name, or first: canaryproof down --name ${spec.name}`,
          });
        if (before) requireKnown(before, files);
        await mkdir(files.directory, { recursive: true, mode: 0o700 });
        try {
          const identity = await pinCluster(ports, options, files, before);
          const installation = before?.installation ?? newInstallation();
          const owner = { cluster: spec.name, installation, expiresAt: ports.now() + LIFETIME_MS };
          const takeLease = async (client: ClusterClient) => {
            const holder = holderName(installation, spec.name);
            const lease =
              held?.lease ??
              (await takeRunLease({ client, holder, signal, ...(ports.leaseTimes && { times: ports.leaseTimes }) }));
            held = { kubeSystemUid: identity.kubeSystemUid, lease };
            return lease;
          };
          const plan = { options, spec, files, before, identity, owner };
          const running = await converge(ports, plan, takeLease, progress, signal, onMaking);
          used = { owner, identity };
          return running;
        } catch (error) {
          await release();
          // nothing of ours is on the cluster yet when it could not be used at all
          if (before === undefined && (await requireMachineState(files)) === undefined)
            await removeOwnTree(files.directory);
          throw error;
        }
      });
      if (!ports.staysUp) await release();
      await reapExpired(ports.stateRoot, ports.now, takeDown, spec.name, progress);
      return cluster;
    },
    async down(name, progress) {
      const wasThere = await takeDown(name, progress);
      await release();
      return wasThere;
    },
    profileClient() {
      if (used === undefined || ports.options === undefined) throw new TypeError('up has not run yet');
      const { owner, identity } = used;
      const { kubeconfig } = filesOf(owner.cluster);
      const mayShare = sharedObjectsAllowed(ports.options.sharedObjects);
      const same = () => requireSameCluster(kubeconfig, ports.connect(kubeconfig), identity);
      return ports.connectOwned(kubeconfig, { owner, mayShare }, same);
    },
    async list() {
      const entries = await readdir(ports.stateRoot, { withFileTypes: true }).catch(() => []);
      const names = entries.filter(isClusterFolder);
      return Promise.all(names.map(({ name }) => clusterStatus(ports, filesOf(name))));
    },
  };
}

async function forget(files: MachineFiles): Promise<void> {
  await stopGitServer(files.directory);
  await removeOwnTree(files.directory);
}

interface Convergence {
  readonly options: ExistingOptions;
  readonly spec: ClusterSpec;
  readonly files: MachineFiles;
  readonly before: MachineState | undefined;
  readonly identity: ClusterIdentity;
  readonly owner: Ownership;
}

async function converge(
  ports: ExistingProviderPorts,
  { options, spec, files, before, identity, owner }: Convergence,
  takeLease: (client: ClusterClient) => Promise<RunLease>,
  progress: Progress,
  signal: AbortSignal,
  onMaking?: () => void,
): Promise<RunningCluster> {
  const client = ports.connect(files.kubeconfig);
  await requireSupportedVersion(client, spec.addons);
  const missing = await missingAddons(client, spec.addons);
  if (!options.installAddons) requireAddons(missing, options.context);
  // what an earlier `up` left ready is its own
  if (!before?.readyAt) onMaking?.();
  const lacking = [...missing.keys()];
  await ports.prepare({ ...spec, addons: lacking }, progress, signal);
  // before anything is written, on the cluster or about it: whoever holds the cluster is at work on it
  const lease = ports.staysUp || lacking.length > 0 ? await takeLease(client) : undefined;
  const { installation, expiresAt } = owner;
  const state: MachineState = {
    ...before,
    ...{ name: spec.name, specHash: options.context, createdAt: before?.createdAt ?? ports.now(), expiresAt },
    ...{ installation, identity, madeAt: await bootMoment() },
  };
  await writeMachineState(files, state);
  // whoever installs addons has said so: what they put into namespaces of others is part of them
  const owned = ports.connectOwned(files.kubeconfig, { owner, mayShare: () => true }, async () => undefined);
  const left = lease ? await reapLoad(client, owned, installation) : 0;
  if (left > 0) progress.note(`removed ${left} objects of a load that an earlier run left`);
  if (lacking.length > 0)
    await withPullWatch(
      client,
      PULL_LOOKS,
      lease ? AbortSignal.any([signal, lease.lost]) : signal,
      (watched) => ports.installAddons(lacking, owned, progress, watched),
      // what others of this cluster wait for is not ours to judge
      addonNamespaces(lacking),
    );
  else if (before?.readyAt) progress.note(`cluster ${spec.name} is up already`);
  const cluster = await existingCluster({
    ...{ name: spec.name, files, client, owned, owner, addons: spec.addons, git: options.git },
    components: await readComponents(client, new Map()),
    inCluster: ports.inCluster,
    staysUp: ports.staysUp,
    lost: lease?.lost,
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
  const expired = state !== undefined && isExpired(state, ports.now(), await bootMoment());
  const problem = expired ? '; expired' : answers ? '' : '; its API server does not answer';
  return {
    name: files.name,
    provider: 'existing',
    state: state?.readyAt && problem === '' ? 'running' : 'broken',
    kubeconfigPath: files.kubeconfig,
    createdAt: state?.createdAt ?? 0,
    detail: `context ${state?.specHash ?? 'unknown'}${problem}`,
  };
}
