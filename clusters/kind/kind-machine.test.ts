import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { startFakeApiServer } from '../../harness/testkit/fakes/fake-api-server.ts';
import { createRecordedEngine, type RecordedEngine } from '../../harness/testkit/fakes/recorded-engine.ts';
import { createSilentProgress } from '../../harness/testkit/fakes/silent-progress.ts';
import { fewOf } from '../../harness/testkit/runner/thorough.ts';
import type { ClusterMachine, MachineOrder } from '../access/machines/machine.ts';
import { type MachineFiles, machineFiles } from '../access/machines/machine-files.ts';
import { kindConfig } from './kind-config.ts';
import { createKindMachine } from './kind-machine.ts';
import type { KindOptions } from './kind-options.ts';

const OPTIONS: KindOptions = {
  nodeImage: undefined,
  kubernetesVersion: undefined,
  nodes: 1,
  mounts: [],
  registryMirrors: {},
  ingressPort: undefined,
};
const OWNER = { cluster: 'shop', installation: 'f00d', expiresAt: 1_800_000_000_000 };
const GIB = 1024 ** 3;
const PLENTY = { memoryBytes: 32 * GIB, diskBytes: 100 * GIB };
let folder: string;
let engine: RecordedEngine;
let api: Awaited<ReturnType<typeof startFakeApiServer>>;
let files: MachineFiles;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-kind-'));
  api = await startFakeApiServer();
  engine = createRecordedEngine(api.kubeconfig);
  files = machineFiles(folder, 'shop');
  await mkdir(files.directory);
});
afterEach(async () => {
  await api[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function machine(options: Partial<KindOptions> = {}, free = PLENTY): ClusterMachine {
  return createKindMachine({
    run: engine.run,
    kind: () => '/programs/kind',
    stateRoot: folder,
    options: { ...OPTIONS, ...options },
    freeRoom: async () => free,
  });
}
function order(nodeImage?: string): MachineOrder {
  return {
    spec: { name: 'shop', addons: [], componentVersions: {}, images: [] },
    parts: { nodeImage, images: [], components: [], loadImages: async () => undefined },
    files,
    owner: OWNER,
  };
}
const create = (made: ClusterMachine, nodeImage?: string) =>
  made.create(order(nodeImage), createSilentProgress(), new AbortController().signal);
const made = (line: RegExp) => engine.lines.filter((one) => line.test(one));

describe('bad input is said before anything is made', () => {
  const cases: readonly [string, () => void, Partial<KindOptions>, typeof PLENTY, string][] = [
    ['no engine', () => engine.answer(/^docker info/, { notFound: true }), {}, PLENTY, 'ENGINE_MISSING'],
    [
      'an engine that does not answer',
      () =>
        engine.answer(/^docker info/, {
          exitCode: 1,
          stdout: '{"ServerErrors":["Cannot connect to the Docker daemon at unix:///var/run/docker.sock."]}',
        }),
      {},
      PLENTY,
      'ENGINE_MISSING',
    ],
    [
      'an engine that this user may not use',
      () =>
        engine.answer(/^docker info/, {
          exitCode: 1,
          stderr: 'permission denied while trying to connect to the Docker daemon socket',
        }),
      {},
      PLENTY,
      'ENGINE_NO_PERMISSION',
    ],
    ['too little memory', () => undefined, {}, { ...PLENTY, memoryBytes: 3 * GIB }, 'ENGINE_MEMORY'],
    [
      'too little memory for two nodes',
      () => undefined,
      { nodes: 2 },
      { ...PLENTY, memoryBytes: 4.5 * GIB },
      'ENGINE_MEMORY',
    ],
    ['too little disk', () => undefined, {}, { ...PLENTY, diskBytes: 5 * GIB }, 'ENGINE_DISK'],
  ];
  test.each(fewOf(4, cases))('%s', async (_title, arrange, options, free, code) => {
    arrange();
    await expect(machine(options, free).preflight(files)).rejects.toMatchObject({ code, hint: expect.any(String) });
    expect(made(/create|network|rm /)).toEqual([]);
  });

  test('the port is taken', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as net.AddressInfo;
    await expect(machine({ ingressPort: port }).preflight(files)).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringContaining(String(port)),
    });
    server.close();
  });

  test('the name is taken by a cluster that is not ours, which down leaves alone too', async () => {
    await create(createKindMachine({ run: engine.run, kind: () => 'kind', stateRoot: '/elsewhere', options: OPTIONS }));
    for (const [name, container] of engine.containers)
      engine.containers.set(name, {
        ...container,
        mounts: [{ Source: '/elsewhere/shop/mark', Destination: '/canaryproof' }],
      });
    const before = [...engine.containers.keys()];
    await expect(machine().preflight(files)).rejects.toMatchObject({ code: 'CLUSTER_NAME_TAKEN' });
    await expect(machine().remove(files)).rejects.toMatchObject({ code: 'CLUSTER_NAME_TAKEN' });
    expect([...engine.containers.keys()]).toEqual(before);
    expect(await machine().owned()).toEqual([]);
  });
});

test('the same name and the same folders on another machine that shares the engine: neither is taken for the other', async () => {
  await create(machine());
  // what the other canaryproof made is mounted from a folder of the same path, which is not on this machine
  const theirs = path.join(folder, 'shop', 'mark', 'beef');
  for (const [name, container] of engine.containers)
    engine.containers.set(name, { ...container, mounts: [{ Source: theirs, Destination: '/canaryproof' }] });
  const before = [...engine.containers.keys()];
  expect(await machine().owned()).toEqual([]);
  expect(await machine().isRunning(files)).toBe(false);
  await expect(machine().remove(files)).rejects.toMatchObject({ code: 'CLUSTER_NAME_TAKEN' });
  expect([[...engine.containers.keys()], [...engine.networks]]).toEqual([before, ['canaryproof-shop']]);
});

test('a network of that name, where we never made a cluster, stays', async () => {
  engine.networks.add('canaryproof-shop');
  expect(await machine().remove(files)).toEqual({ removed: false });
  expect([...engine.networks]).toEqual(['canaryproof-shop']);
});

describe('what kind says when it fails becomes one error', () => {
  test.each([
    [
      'PORT_TAKEN',
      'ERROR: failed to create cluster: docker: Error response from daemon: driver failed programming external connectivity on endpoint x: Bind for 127.0.0.1:8080 failed: port is already allocated.',
    ],
    [
      'NODE_IMAGE_MISSING',
      'ERROR: failed to create cluster: failed to pull image "kindest/node:v9": command "docker pull kindest/node:v9" failed',
    ],
    ['ENGINE_DISK', 'ERROR: failed to create cluster: write /kind/x: no space left on device'],
    ['CLUSTER_NAME_TAKEN', 'ERROR: failed to create cluster: node(s) already exist for a cluster with the name "shop"'],
    ['ENGINE_LOST', 'ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock'],
    [
      'CLUSTER_START_FAILED',
      'ERROR: failed to create cluster: could not find a log line that matches "Reached target"',
    ],
  ])('%s', async (code, stderr) => {
    engine.answer(/^\/programs\/kind create/, { exitCode: 1, stderr });
    await expect(create(machine())).rejects.toMatchObject({ code, exitCode: 3, hint: expect.any(String) });
  });
});

describe('a cluster', () => {
  test('is private, marked as ours, on a network of its own, and gone after remove', async () => {
    const kind = machine();
    await kind.preflight(files);
    await create(kind, 'own/node:v1.35.4');
    const [line] = made(/kind create/);
    expect(line).toContain(`--kubeconfig ${files.kubeconfig}`);
    expect(line).toContain('--image own/node:v1.35.4 --name canaryproof-shop');
    expect([...engine.networks]).toEqual(['canaryproof-shop']);
    expect(await kind.isRunning(files)).toBe(true);
    expect(await kind.owned()).toEqual(['shop']);
    expect(JSON.parse(await readFile(path.join(files.directory, 'mark', 'f00d', 'owner.json'), 'utf8'))).toEqual(OWNER);
    const { urlOf, node, host } = await kind.addresses(files);
    expect([urlOf(30_080), node, host]).toEqual(['http://127.0.0.1:40000', '127.0.0.1', '127.0.0.1']);

    expect(await kind.remove(files)).toEqual({ removed: true });
    expect([engine.containers.size, engine.networks.size]).toEqual([0, 0]);
    expect(await kind.remove(files)).toEqual({ removed: false });
  });

  test('a node that was stopped is not a running cluster', async () => {
    const kind = machine({ nodes: 2 });
    await create(kind);
    expect(await kind.isRunning(files)).toBe(true);
    engine.containers.get('canaryproof-shop-worker')!.running = false;
    expect(await kind.isRunning(files)).toBe(false);
  });

  describe('in mid-run', () => {
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
    afterEach(() => void vi.useRealTimers());

    test.each([
      ['a node ends and its engine goes on', ['canaryproof-shop-control-plane'], 'NODE_LOST'],
      ['the engine ends', ['engine stopped'], 'ENGINE_LOST'],
      ['the engine is stopped, and ends its nodes first', ['canaryproof-shop-worker', 'engine stopped'], 'ENGINE_LOST'],
    ])('%s', async (_what, events, code) => {
      const over = new AbortController();
      const lost = machine().watchNodes(files, over.signal);
      await turn();
      for (const event of events) engine.tellEvent(event);
      await turn();
      vi.advanceTimersByTime(60_000);
      expect(lost.reason).toMatchObject({ code });
      over.abort();
    });

    test('nothing is told of what happened after the end of a run', async () => {
      const over = new AbortController();
      const lost = machine().watchNodes(files, over.signal);
      await turn();
      engine.tellEvent('canaryproof-shop-control-plane');
      over.abort();
      await turn();
      vi.advanceTimersByTime(60_000);
      expect(lost.aborted).toBe(false);
    });
  });

  test('the end of a run is no loss', async () => {
    const over = new AbortController();
    const lost = machine().watchNodes(files, over.signal);
    over.abort();
    await new Promise((resolve) => setImmediate(resolve));
    expect(lost.aborted).toBe(false);
  });
});

test('everything that a user may say passes through to the configuration', () => {
  const config = parse(
    kindConfig({
      options: {
        ...OPTIONS,
        nodes: 3,
        ingressPort: 8080,
        mounts: [{ hostPath: '/data', nodePath: '/mnt/data', readOnly: true }],
      },
      owner: OWNER,
      markFolder: '/state/shop/mark',
      registryFolder: '/state/shop/registries',
      cgroupVersion: 1,
    }),
  ) as { name: string; nodes: { role: string; labels: object; extraMounts: object[]; extraPortMappings?: object[] }[] };
  expect(config).toMatchObject({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    name: 'canaryproof-shop',
    networking: { apiServerAddress: '127.0.0.1', serviceSubnet: '10.96.0.0/16' },
    kubeadmConfigPatches: ['kind: KubeletConfiguration\nfailCgroupV1: false\n'],
    // without it containerd 1.6, which our own node image runs, passes the mirrors over
    containerdConfigPatches: [
      '[plugins."io.containerd.grpc.v1.cri".registry]\n  config_path = "/etc/containerd/certs.d"\n',
    ],
  });
  expect(config.nodes.map(({ role }) => role)).toEqual(['control-plane', 'worker', 'worker']);
  for (const node of config.nodes) {
    expect(node.labels).toEqual({
      'canaryproof.dev/cluster': 'shop',
      'canaryproof.dev/installation': 'f00d',
      'canaryproof.dev/expires-at': '1800000000',
    });
    expect(node.extraMounts).toEqual([
      { hostPath: '/state/shop/mark', containerPath: '/canaryproof', readOnly: true },
      { hostPath: '/state/shop/registries', containerPath: '/etc/containerd/certs.d', readOnly: true },
      { hostPath: '/data', containerPath: '/mnt/data', readOnly: true },
    ]);
  }
  expect(config.nodes[0]?.extraPortMappings).toEqual([
    { containerPort: 30080, hostPort: 8080, listenAddress: '127.0.0.1' },
    { containerPort: 30090, hostPort: 0, listenAddress: '127.0.0.1' },
  ]);
});
