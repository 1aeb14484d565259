import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ProgramError } from '../../harness/process/run-program.ts';
import { createRecordedEngine } from '../../harness/testkit/fakes/recorded-engine.ts';
import { machineFiles } from '../access/machines/machine-files.ts';
import { writeMachineState } from '../access/machines/machine-state.ts';
import { createMinikubeMachine } from './minikube-machine.ts';
import { type MinikubeOptions, minikubeFailure, startArguments } from './minikube-start.ts';

const SEEDS: MinikubeOptions = {
  nodeImage: undefined,
  kubernetesVersion: undefined,
  nodes: 1,
  mounts: [],
  registryMirrors: {},
  memoryMib: 6144,
  cpus: 4,
  driver: 'docker',
};
const GIB = 1024 ** 3;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-minikube-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("the seeds' shape, and everything that a user may say", () => {
  expect(startArguments(SEEDS, undefined).join(' ')).toMatch(
    /^start --driver=docker --memory=6144mb --cpus=4 --nodes=1 /,
  );
  const said = startArguments(
    {
      ...SEEDS,
      kubernetesVersion: 'v1.35.4',
      registryMirrors: { 'docker.io': 'http://mirror:5000' },
      mounts: [{ hostPath: '/data', nodePath: '/mnt', readOnly: false }],
    },
    'own/kicbase:1',
  );
  for (const argument of [
    '--kubernetes-version=v1.35.4',
    '--base-image=own/kicbase:1',
    '--registry-mirror=http://mirror:5000',
    '--mount-string=/data:/mnt',
  ])
    expect(said).toContain(argument);
});

type Case = readonly [
  string,
  (engine: ReturnType<typeof createRecordedEngine>) => void,
  Partial<MinikubeOptions>,
  string,
];
const mount = { hostPath: '/a', nodePath: '/a', readOnly: false };
const CASES: readonly Case[] = [
  ['minikube is missing', (engine) => engine.answer(/^minikube version/, { notFound: true }), {}, 'MINIKUBE_MISSING'],
  [
    'the profile is of somebody else',
    (engine) => void engine.profiles.set('canaryproof-shop', { running: true }),
    {},
    'CLUSTER_NAME_TAKEN',
  ],
  ['too little memory', () => undefined, { memoryMib: 65_536 }, 'ENGINE_MEMORY'],
  ['too few CPUs', () => undefined, { cpus: 64 }, 'ENGINE_CPUS'],
  ['two mounts', () => undefined, { mounts: [mount, mount] }, 'MOUNTS_TOO_MANY'],
];

test.each(CASES)('%s: said before anything is made', async (_title, arrange, options, code) => {
  const engine = createRecordedEngine('');
  arrange(engine);
  const machine = createMinikubeMachine({
    run: engine.run,
    stateRoot: folder,
    options: { ...SEEDS, ...options },
    freeRoom: async () => ({ memoryBytes: 32 * GIB, diskBytes: 100 * GIB }),
  });
  const files = machineFiles(folder, 'shop');
  await mkdir(files.directory);
  const trying = machine.requireEngine().then(() => machine.preflight(files));
  await expect(trying).rejects.toMatchObject({ code, hint: expect.any(String) });
  expect(engine.lines.some((line) => line.startsWith('minikube start'))).toBe(false);
});

test('root is let in, because only root can start load in the network of a pod', () => {
  const isRoot = process.getuid?.() === 0;
  expect(startArguments(SEEDS, undefined).includes('--force')).toBe(isRoot);
  expect(startArguments({ ...SEEDS, driver: 'kvm2' }, undefined)).not.toContain('--force');
});

describe('images', () => {
  const signal = new AbortController().signal;
  const REFERENCES = ['quay.io/argoproj/argocd:v3.5.7', 'grafana/k6:2.2.0'];
  const loaded = async (arrange: (engine: ReturnType<typeof createRecordedEngine>) => void) => {
    const engine = createRecordedEngine('');
    arrange(engine);
    const machine = createMinikubeMachine({ run: engine.run, stateRoot: folder, options: SEEDS });
    await machine.loadImages(machineFiles(folder, 'shop'), REFERENCES, signal);
    return engine.lines;
  };

  test('go into the machine in one archive, and are looked for there', async () => {
    const archive = path.join(folder, 'shop', 'images.tar');
    expect(await loaded(() => undefined)).toEqual([
      `docker save --output ${archive} ${REFERENCES.join(' ')}`,
      `minikube image load ${archive} --profile canaryproof-shop`,
      'minikube image ls --format json --profile canaryproof-shop',
    ]);
  });

  test('that minikube did not load, although it says that all is well, are named', async () => {
    const nothing = loaded((engine) => engine.answer(/^minikube image load/, { exitCode: 0 }));
    await expect(nothing).rejects.toMatchObject({
      code: 'IMAGE_LOAD_FAILED',
      message: expect.stringContaining(REFERENCES.join(', ')),
    });
    const one = [{ repoTags: ['docker.io/grafana/k6:2.2.0'] }];
    const half = loaded((engine) => engine.answer(/^minikube image ls/, { stdout: JSON.stringify(one) }));
    await expect(half).rejects.toThrow(/did not load quay\.io\/argoproj\/argocd:v3\.5\.7$/);
  });
});

describe('what a start that failed early left', () => {
  const left = async (isOurs: boolean) => {
    const engine = createRecordedEngine('');
    engine.profiles.set('canaryproof-shop', { running: false, invalid: true });
    const machine = createMinikubeMachine({ run: engine.run, stateRoot: folder, options: SEEDS });
    const files = machineFiles(folder, 'shop');
    await mkdir(files.directory);
    if (isOurs) await writeMachineState(files, { name: 'shop', specHash: '', createdAt: 1, expiresAt: 2 });
    return { engine, machine, files };
  };

  test('goes with the cluster', async () => {
    const { engine, machine, files } = await left(true);
    expect(await machine.isRunning(files)).toBe(false);
    expect(await machine.remove(files)).toEqual({ removed: true });
    expect([...engine.profiles]).toEqual([]);
  });

  test('stays when somebody else began it', async () => {
    const { engine, machine, files } = await left(false);
    await expect(machine.remove(files)).rejects.toMatchObject({ code: 'CLUSTER_NAME_TAKEN' });
    await expect(machine.preflight(files)).rejects.toMatchObject({ code: 'CLUSTER_NAME_TAKEN' });
    expect(engine.profiles.size).toBe(1);
  });
});

test.each([
  ['RSRC_INSUFFICIENT_CONTAINER_MEMORY', 'ENGINE_MEMORY'],
  ['RSRC_INSUFFICIENT_CORES_CPU', 'ENGINE_CPUS'],
  ['PROVIDER_DOCKER_NOT_RUNNING', 'ENGINE_MISSING'],
  ['INET_CACHE_KICBASE', 'NODE_IMAGE_MISSING'],
  ['GUEST_START', 'CLUSTER_START_FAILED'],
])("minikube's %s is %s", (name, code) => {
  const event = { type: 'io.k8s.sigs.minikube.error', data: { name, message: 'no', advice: 'do this' } };
  const failure = {
    reason: 'exit',
    exitCode: 80,
    signal: undefined,
    stdout: `${JSON.stringify(event)}\n`,
    stderr: '',
    cause: undefined,
  } as const;
  const error = minikubeFailure(new ProgramError(['minikube', 'start'], failure));
  expect(error).toMatchObject({ code, hint: 'do this', message: expect.stringContaining(name) });
});
