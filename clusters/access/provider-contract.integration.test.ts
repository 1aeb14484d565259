/** The contract on real clusters: local, kind where an engine runs, and an existing one. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe } from 'vitest';
import type { ProviderSettings } from '../../harness/cli/cluster-requests.ts';
import { NOTHING_WANTED } from '../../harness/cli/compose/connected-provider.ts';
import { createLocalCluster } from '../../harness/cli/compose/local-cluster.ts';
import { createProvider } from '../../harness/cli/compose/provider.ts';
import type { World } from '../../harness/cli/world.ts';
import type { ClusterProvider, ClusterSpec } from '../../harness/ports/cluster.ts';
import { createFakeWorld } from '../../harness/testkit/fakes/fake-world.ts';
import { createSilentProgress } from '../../harness/testkit/fakes/silent-progress.ts';
import {
  type ContractSubject,
  contractTable,
  providerContract,
  writerOf,
} from '../../harness/testkit/provider-contract.ts';
import { createClusterClient } from '../../k8s/client/cluster-client.ts';
import { listOwned } from '../existing/owned-objects.ts';
import { type BaseStore, createBaseStore } from '../local/base/kept-base.ts';
import { machineFiles } from './machines/machine-files.ts';
import { readMachineState } from './machines/machine-state.ts';

const folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-contract-'));
const fake = createFakeWorld();
const world: World = {
  ...fake,
  env: { ...process.env, XDG_STATE_HOME: folder },
  cwd: folder,
  now: Date.now,
};
const MESH: ClusterSpec = { name: 'contract', addons: ['istio', 'prometheus'], componentVersions: {}, images: [] };
const signal = new AbortController().signal;
const entries = (name: string) => readdir(path.join(folder, 'canaryproof', name)).catch(() => []);
const docker = (...args: string[]) =>
  execFileSync('docker', args, { encoding: 'utf8' }).split('\n').filter(Boolean).sort();

async function make(
  provider: 'local' | 'kind' | 'existing',
  settings: ProviderSettings = {},
): Promise<ClusterProvider> {
  return (
    await createProvider(world, { ...NOTHING_WANTED, provider, settings, extraComponents: ['k6'], staysUp: true })
  ).provider;
}

const FOREIGN_IMAGE = 'canaryproof.local/foreign-node:0';
/** A tar archive without a file: two blocks of zeros end it. */
const EMPTY_ARCHIVE = Buffer.alloc(1024);

const NO_EXPIRY = { notApplicable: 'ends with its supervisor' };

const WITHOUT: BaseStore = { read: async () => undefined, write: async () => undefined };
const local: ContractSubject = {
  title: 'local',
  spec: MESH,
  provider: async () => createLocalCluster(world, ['k6'], WITHOUT).provider,
  traces: () => entries('clusters'),
  async refusal() {
    // a name that another canaryproof is changing just now
    const { leaseCluster } = await import('./ownership/cluster-lease.ts');
    const lease = await leaseCluster(path.join(folder, 'canaryproof', 'clusters'), 'busy');
    return leaseCluster(path.join(folder, 'canaryproof', 'clusters'), 'busy').finally(() => lease.release());
  },
  refusalCode: 'CLUSTER_IN_USE',
  failedUp: { notApplicable: 'its programs write their logs into the cluster folder' },
  traffic: true,
  marks: NO_EXPIRY,
};

/** A cluster that began with what another one left is a cluster like any other. */
const fromKeptBase: ContractSubject = {
  ...local,
  title: 'local, from a kept base',
  async provider() {
    const { provider } = createLocalCluster(world, ['k6'], createBaseStore(path.join(folder, 'base')));
    await provider.up({ ...MESH, name: 'earlier' }, createSilentProgress(), signal);
    await provider.down('earlier', createSilentProgress());
    return provider;
  },
};

const kind: ContractSubject = {
  title: 'kind',
  spec: MESH,
  provider: () => make('kind'),
  traces: async () => [
    ...docker('ps', '--all', '--format', '{{.Names}}'),
    ...docker('network', 'ls', '--format', '{{.Name}}'),
    ...docker('volume', 'ls', '--format', '{{.Name}}'),
    ...(await entries('kind')),
  ],
  async refusal() {
    // a container that says it is a node of a cluster of that name, made by somebody else, of an image made for it
    const container = 'canaryproof-foreign-control-plane';
    const label = 'io.x-k8s.kind.cluster=canaryproof-foreign';
    execFileSync('docker', ['import', '-', FOREIGN_IMAGE], { input: EMPTY_ARCHIVE });
    try {
      execFileSync('docker', ['create', '--name', container, '--label', label, FOREIGN_IMAGE, 'version']);
      return await (await make('kind')).up({ ...MESH, name: 'foreign' }, createSilentProgress(), signal);
    } finally {
      execFileSync('docker', ['rm', '--force', container]);
      execFileSync('docker', ['image', 'rm', FOREIGN_IMAGE]);
    }
  },
  refusalCode: 'CLUSTER_NAME_TAKEN',
  async failedUp() {
    // nothing is loaded and no registry can be reached: Prometheus never gets its image
    const ownNode = () =>
      docker('image', 'ls', '--format', '{{.Repository}}:{{.Tag}}').find((name) => /\/kind-node:/.test(name));
    if (ownNode() === undefined) {
      // an engine that is new: the first cluster builds the node image and leaves it there
      const first = await make('kind');
      const bare = { ...MESH, name: 'first', addons: [] };
      await first.up(bare, createSilentProgress(), signal).finally(() => first.down('first', createSilentProgress()));
    }
    const node = ownNode();
    const provider = await make('kind', { pull: true, ...(node ? { nodeImage: node } : {}) });
    const spec = { ...MESH, name: 'failing', addons: ['prometheus'] };
    const error = await provider.up(spec, createSilentProgress(), signal).catch((reason: unknown) => reason);
    const logs = await readdir(path.join(folder, 'canaryproof', 'logs'), { recursive: true });
    return { error, logs: logs.filter((file) => file.endsWith('.log')) };
  },
  traffic: true,
  marks: async ({ kubeconfigPath }) =>
    (await createClusterClient(kubeconfigPath).list({ apiVersion: 'v1', resource: 'nodes' })).map(
      ({ metadata }) => metadata.labels ?? {},
    ),
};

const hostKubeconfig = path.join(folder, 'canaryproof', 'clusters', 'host', 'kubeconfig');
/** Of the last `up`, for looking after its files are gone. */
let installation = 'none-yet';
const existing: ContractSubject = {
  title: 'existing',
  spec: MESH,
  async provider() {
    await (await make('local')).up({ ...MESH, name: 'host' }, createSilentProgress(), signal);
    const gitFolder = {
      directory: path.join(folder, 'canaryproof', 'clusters', 'host', 'git'),
      url: 'http://10.244.0.1:3000',
    };
    return make('existing', { context: 'canaryproof-host', kubeconfig: hostKubeconfig, gitFolder });
  },
  async traces() {
    const state = await readMachineState(machineFiles(path.join(folder, 'canaryproof', 'existing'), 'contract'));
    installation = state?.installation ?? installation;
    const owned = await listOwned(createClusterClient(hostKubeconfig), installation);
    return [
      ...owned.map(({ kind: name, object }) => `${name} ${object.metadata.name}`),
      ...(await entries('existing')),
    ];
  },
  async refusal() {
    const copy = path.join(folder, 'theirs');
    await (await import('node:fs/promises')).copyFile(hostKubeconfig, copy);
    const provider = await make('existing', { context: 'canaryproof-host', kubeconfig: copy });
    return provider.up({ ...MESH, name: 'foreign' }, createSilentProgress(), signal);
  },
  refusalCode: 'CONTEXT_NOT_ALLOWED',
  failedUp: { notApplicable: 'it makes no nodes' },
  traffic: true,
  async marks(cluster) {
    await (await writerOf(cluster)).apply([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'contract-shop' } },
    ]);
    const state = await readMachineState(machineFiles(path.join(folder, 'canaryproof', 'existing'), 'contract'));
    installation = state?.installation ?? '';
    return (await listOwned(createClusterClient(hostKubeconfig), installation)).map(
      ({ object }) => object.metadata.labels ?? {},
    );
  },
};

function engineRuns(): boolean {
  try {
    return docker('info', '--format', '{{.ServerVersion}}').length === 1;
  } catch {
    return false;
  }
}

afterAll(async () => {
  await (await make('local')).down('host', createSilentProgress());
  console.log(`\n${contractTable()}\n`);
  await rm(folder, { recursive: true, force: true });
}, 120_000);

providerContract(local);
providerContract(fromKeptBase);
providerContract(existing);
describe.skipIf(!engineRuns())('where a Docker engine runs', () => providerContract(kind));
