import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ClusterProvider } from '../../../harness/ports/cluster.ts';
import { bootMoment } from '../../../harness/process/boot-moment.ts';
import { startFakeApiServer } from '../../../harness/testkit/fakes/fake-api-server.ts';
import { createRecordedEngine, type RecordedEngine } from '../../../harness/testkit/fakes/recorded-engine.ts';
import { createSilentProgress } from '../../../harness/testkit/fakes/silent-progress.ts';
import { type ContractSubject, providerContract } from '../../../harness/testkit/provider-contract.ts';
import { thorough } from '../../../harness/testkit/runner/thorough.ts';
import { createClusterClient } from '../../../k8s/client/cluster-client.ts';
import { ownerLabels } from '../../../k8s/client/ownership.ts';
import { createKindMachine } from '../../kind/kind-machine.ts';
import { createMinikubeMachine } from '../../minikube/minikube-machine.ts';
import { ensureGitServer } from '../git/git-server-process.ts';
import { leaseCluster } from '../ownership/cluster-lease.ts';
import { LIFETIME_MS } from '../ownership/ownership.ts';
import type { ClusterMachine, MachineParts } from './machine.ts';
import { machineFiles } from './machine-files.ts';
import { createMachineProvider } from './machine-provider.ts';
import { readMachineState, writeMachineState } from './machine-state.ts';

const GIB = 1024 ** 3;
const PLENTY = async () => ({ memoryBytes: 32 * GIB, diskBytes: 100 * GIB });
const SPEC = { name: 'shop', addons: [], componentVersions: {}, images: [] };
const PARTS: MachineParts = {
  nodeImage: undefined,
  images: [],
  components: [{ name: 'kind', version: 'v0.33.0', origin: 'a test of canaryproof' }],
  loadImages: async () => undefined,
};
const SYSTEM = ['kube-system', 'istio-system', 'argocd', 'argo-rollouts', 'monitoring'];

let folder: string;
let api: Awaited<ReturnType<typeof startFakeApiServer>>;
let engine: RecordedEngine;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-machine-'));
  api = await startFakeApiServer();
  api.put('/api/v1/nodes', { kind: 'Node', metadata: { name: 'node-1' } });
  api.put('/api/v1/namespaces', { kind: 'Namespace', metadata: { name: 'kube-system', uid: 'one' } });
  for (const namespace of SYSTEM) {
    api.put(`/api/v1/namespaces/${namespace}/pods`, { kind: 'Pod', metadata: { name: 'gone' } });
    api.remove(`/api/v1/namespaces/${namespace}/pods`, 'gone');
  }
  engine = createRecordedEngine(api.kubeconfig);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const machines = {
  kind: (stateRoot: string): ClusterMachine =>
    createKindMachine({
      run: engine.run,
      kind: () => 'kind',
      stateRoot,
      options: {
        nodeImage: undefined,
        kubernetesVersion: undefined,
        nodes: 1,
        mounts: [],
        registryMirrors: {},
        ingressPort: undefined,
      },
      freeRoom: PLENTY,
    }),
  minikube: (stateRoot: string): ClusterMachine =>
    createMinikubeMachine({
      run: engine.run,
      stateRoot,
      options: {
        nodeImage: undefined,
        kubernetesVersion: undefined,
        nodes: 1,
        mounts: [],
        registryMirrors: {},
        memoryMib: 6144,
        cpus: 4,
        driver: 'docker',
      },
      freeRoom: PLENTY,
    }),
};

function providerOf(name: 'kind' | 'minikube', changes: Partial<Parameters<typeof createMachineProvider>[0]> = {}) {
  const stateRoot = path.join(folder, 'canaryproof', name);
  return createMachineProvider({
    machine: machines[name](stateRoot),
    stateRoot,
    logsRoot: path.join(folder, 'logs'),
    keepOnFailure: false,
    prepare: async () => PARTS,
    connect: createClusterClient,
    installAddons: async () => undefined,
    inCluster: { runners: 1, prefix: () => [] },
    // the contract below has the real one, a process of its own
    ensureGit: async (directory) => ({ directory, url: 'http://127.0.0.1:1/git' }),
    now: Date.now,
    ...changes,
  });
}

const traces = async () => [
  ...engine.containers.keys(),
  ...engine.networks,
  ...engine.profiles.keys(),
  ...(await readdir(path.join(folder, 'canaryproof', 'kind')).catch(() => [])),
];

function subject(name: 'kind' | 'minikube', title: string): ContractSubject {
  return {
    title,
    spec: SPEC,
    // a process of its own, which is the same for both
    provider: async () => providerOf(name, name === 'kind' ? { ensureGit: ensureGitServer } : {}),
    traces,
    refusalCode: 'CLUSTER_NAME_TAKEN',
    async refusal() {
      // made by hand, under the name that ours would have
      if (name === 'minikube') engine.profiles.set('canaryproof-foreign', { running: true });
      else
        await engine.run(
          ['kind', 'create', 'cluster', '--name', 'canaryproof-foreign', '--kubeconfig', path.join(folder, 'theirs')],
          { input: 'nodes: [{role: control-plane, extraMounts: []}]' },
        );
      return providerOf(name).up({ ...SPEC, name: 'foreign' }, createSilentProgress(), new AbortController().signal);
    },
    async failedUp() {
      const installAddons = async () => {
        throw Object.assign(new Error('not ready'), { code: 'WAIT_TIMEOUT', hint: 'look' });
      };
      const failing = providerOf(name, { installAddons });
      const error = await failing
        .up(SPEC, createSilentProgress(), new AbortController().signal)
        .catch((e: unknown) => e);
      const logs = await readdir(path.join(folder, 'logs'), { recursive: true });
      return { error, logs: logs.filter((file) => file.endsWith('.log')) };
    },
    traffic: { notApplicable: 'nothing runs behind recorded answers' },
    marks: async () =>
      api.asked
        .filter(({ method, path: asked }) => method === 'PATCH' && asked.startsWith('/api/v1/nodes/'))
        .map(({ body }) => (body as { metadata: { labels: Record<string, string> } }).metadata.labels),
  };
}

providerContract(subject('kind', 'kind (recorded)'));
providerContract(subject('minikube', 'minikube (recorded)'));

describe('what killed runs left', () => {
  const progress = createSilentProgress();
  const signal = new AbortController().signal;
  let provider: ClusterProvider;
  const root = () => path.join(folder, 'canaryproof', 'kind');
  beforeEach(() => {
    provider = providerOf('kind');
    engine.containers.clear();
    engine.networks.clear();
    engine.profiles.clear();
  });

  test('a half-made cluster is listed as broken, and made anew by the next up', async () => {
    const stuck = providerOf('kind', {
      keepOnFailure: true,
      installAddons: async () => Promise.reject(new Error('x')),
    });
    await expect(stuck.up(SPEC, progress, signal)).rejects.toThrow('x');
    expect(engine.containers.size).toBe(1);
    const [first] = [...engine.containers.values()].map(({ id }) => id);
    expect(await provider.list()).toMatchObject([
      { name: 'shop', state: 'broken', detail: expect.stringContaining('half made') },
    ]);
    await provider.up(SPEC, progress, signal);
    expect([...engine.containers.values()].map(({ id }) => id)).not.toContain(first);
    expect(await provider.list()).toMatchObject([{ name: 'shop', state: 'running' }]);
    expect(await provider.down('shop', progress)).toBe(true);
    expect(await provider.down('shop', progress)).toBe(false);
  });

  thorough('a cluster whose files are gone is still found by its mark, and taken down', async () => {
    await provider.up(SPEC, progress, signal);
    await provider.down('shop', createSilentProgress());
    await provider.up(SPEC, progress, signal);
    await rm(path.join(root(), 'shop', 'cluster.json'));
    expect(await provider.list()).toMatchObject([{ name: 'shop', state: 'broken' }]);
    await provider.down('shop', progress);
    expect(await traces()).toEqual([]);
  });

  thorough('an expired cluster goes with the next up of any other, unless a run is using it', async () => {
    await provider.up({ ...SPEC, name: 'old' }, progress, signal);
    const files = machineFiles(root(), 'old');
    const state = await readMachineState(files);
    // a wall clock that jumped makes nobody's cluster old
    await writeMachineState(files, { ...state!, expiresAt: Date.now() - 1 });
    await provider.up(SPEC, progress, signal);
    expect((await provider.list()).map(({ name, state: is }) => `${name} ${is}`)).toEqual([
      'old running',
      'shop running',
    ]);
    await provider.down('shop', progress);
    const { id, upMs } = await bootMoment();
    await writeMachineState(files, { ...state!, expiresAt: Date.now() - 1, madeAt: { id, upMs: upMs - LIFETIME_MS } });
    const lease = await leaseCluster(root(), 'old');
    await provider.up(SPEC, progress, signal);
    expect((await provider.list()).map(({ name }) => name)).toEqual(['old', 'shop']);
    await provider.down('shop', progress);
    await lease.release();
    await provider.up(SPEC, progress, signal);
    expect((await provider.list()).map(({ name }) => name)).toEqual(['shop']);
    expect(progress.told).toContain('note removed the expired cluster old');
    await provider.down('shop', progress);
  });

  test('an interrupted up leaves nothing', async () => {
    const abort = new AbortController();
    const interrupted = providerOf('kind', {
      installAddons: async () => {
        abort.abort(new DOMException('interrupted', 'AbortError'));
        abort.signal.throwIfAborted();
      },
    });
    await expect(interrupted.up(SPEC, progress, abort.signal)).rejects.toThrow('interrupted');
    expect(await traces()).toEqual([]);
  });

  thorough('another specification is another cluster', async () => {
    await provider.up(SPEC, progress, signal);
    const other = providerOf('kind', { prepare: async () => ({ ...PARTS, nodeImage: 'own/node:2' }) });
    await other.up(SPEC, progress, signal);
    expect(engine.lines.at(-1)).toBeDefined();
    expect(engine.lines.some((line) => line.includes('--image own/node:2'))).toBe(true);
    await provider.down('shop', progress);
  });

  thorough('so are other settings of the addons', async () => {
    await provider.up(SPEC, progress, signal);
    const [first] = [...engine.containers.values()].map(({ id }) => id);
    await providerOf('kind', { addonValues: ['profile=demo'] }).up(SPEC, progress, signal);
    expect([...engine.containers.values()].map(({ id }) => id)).not.toContain(first);
    await provider.down('shop', progress);
  });
});

test('labels are values that the API accepts', () => {
  const labels = ownerLabels({ cluster: 'shop', installation: 'f00d', expiresAt: 1_800_000_000_999 });
  for (const value of Object.values(labels)) expect(value).toMatch(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/);
  expect(labels['canaryproof.dev/expires-at']).toBe('1800000000');
});

test('the state file of a cluster that cannot be read means: make it anew', async () => {
  const files = machineFiles(folder, 'damaged');
  await mkdir(files.directory);
  await writeFile(files.state, '{"name":');
  expect(await readMachineState(files)).toBeUndefined();
  expect(await readFile(files.state, 'utf8')).toBe('{"name":');
});
