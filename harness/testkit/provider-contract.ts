/**
 * What every provider promises, as one list of tests that each of them runs. A subject says how its provider is made and
 * what could be left behind; a promise that a provider has no object for says so by name and is never skipped silently.
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { machineFiles } from '../../clusters/access/machines/machine-files.ts';
import { readMachineState } from '../../clusters/access/machines/machine-state.ts';
import { type ClusterClient, createClusterClient } from '../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../k8s/client/object.ts';
import { createOwnedClient } from '../../k8s/client/owned-client.ts';
import type { ClusterProvider, ClusterSpec, RunningCluster } from '../ports/cluster.ts';
import { runProgram } from '../process/run-program.ts';
import { createSilentProgress } from './fakes/silent-progress.ts';

type FailedUp = () => Promise<{ readonly error: unknown; readonly logs: readonly string[] }>;
type ReadMarks = (cluster: RunningCluster) => Promise<readonly Readonly<Record<string, string>>[]>;

export interface ContractSubject {
  readonly title: string;
  readonly spec: ClusterSpec;
  provider(): Promise<ClusterProvider>;
  /** What the machine, the engine or the cluster holds of ours; the same before `up` and after `down`. */
  traces(): Promise<readonly string[]>;
  /** Ends in the rejection with which somebody else's cluster is refused. */
  refusal(): Promise<unknown>;
  readonly refusalCode: string;
  /** Ends in the rejection of an `up` that fails half way, and the logs that it left. */
  readonly failedUp: FailedUp | NotApplicable;
  /** Whether the ingress and pods of the spec can be reached at all. */
  readonly traffic: true | NotApplicable;
  /** Labels that say whose the nodes (or objects) are and until when. */
  readonly marks: ReadMarks | NotApplicable;
}

/** Why a promise has no object for this provider. */
export interface NotApplicable {
  readonly notApplicable: string;
}

const PROMISES = [
  'up',
  'up again is a no-op',
  'private kubeconfig',
  'component versions with their origin',
  'listed as running',
  'labels and expiry',
  'ingress reachable',
  'load runs where it belongs',
  'down leaves nothing',
  'down again is a no-op',
  'logs exported on failure',
  'a cluster that is not ours is refused',
] as const;
type Promised = (typeof PROMISES)[number];

const results = new Map<string, Map<Promised, string>>();
const UP_MS = 900_000;

/** The promises as a table over the providers that were tested. */
export function contractTable(): string {
  const titles = [...results.keys()];
  const cell = (title: string, promise: Promised) => results.get(title)?.get(promise) ?? '✖';
  const header = `| promise | ${titles.join(' | ')} |\n|---|${titles.map(() => '---').join('|')}|`;
  const rows = PROMISES.map((promise) => `| ${promise} | ${titles.map((title) => cell(title, promise)).join(' | ')} |`);
  return [header, ...rows].join('\n');
}

export function providerContract(subject: ContractSubject): void {
  const kept = new Map<Promised, string>();
  results.set(subject.title, kept);
  const progress = createSilentProgress();
  const signal = new AbortController().signal;
  let provider: ClusterProvider;
  let cluster: RunningCluster;
  let before: readonly string[] = [];

  const promise = (name: Promised, check: () => Promise<void>, applies: unknown = undefined): void => {
    const reason = (applies as Partial<NotApplicable> | undefined)?.notApplicable;
    if (reason !== undefined) kept.set(name, `– ${reason}`);
    test.skipIf(reason !== undefined)(
      reason === undefined ? name : `${name} (${reason})`,
      async () => {
        const started = performance.now();
        await check();
        kept.set(name, `✔ ${((performance.now() - started) / 1000).toFixed(1)} s`);
      },
      UP_MS,
    );
  };

  describe(`provider ${subject.title}`, () => {
    beforeAll(async () => {
      provider = await subject.provider();
      before = await subject.traces();
    }, 60_000);
    // a test that failed half way must not leave its cluster to the next one
    afterAll(() => provider.down(subject.spec.name, progress), 120_000);

    promise('up', async () => {
      cluster = await provider.up(subject.spec, progress, signal);
      expect(cluster.provider).toBe(provider.name);
      expect(await createClusterClient(cluster.kubeconfigPath).getText('/version')).toContain('gitVersion');
    });

    promise('up again is a no-op', async () => {
      const namespaces = () => uidOf(cluster, 'kube-system');
      const first = await namespaces();
      await provider.up(subject.spec, progress, signal);
      expect(await namespaces()).toBe(first);
      expect(progress.told).toContain(`note cluster ${subject.spec.name} is up already`);
    });

    promise('private kubeconfig', async () => {
      expect((await stat(cluster.kubeconfigPath)).mode & 0o077).toBe(0);
      expect(cluster.kubeconfigPath).toContain('canaryproof');
      expect(cluster.kubeconfigPath).not.toContain('.kube/config');
    });

    promise('component versions with their origin', async () => {
      expect(cluster.components.length).toBeGreaterThan(0);
      for (const { name, version, origin } of cluster.components) {
        expect(version, name).not.toBe('');
        expect(origin.length, `${name} ${version}`).toBeGreaterThan(5);
      }
    });

    promise('listed as running', async () => {
      const listed = (await provider.list()).find(({ name }) => name === subject.spec.name);
      expect(listed).toMatchObject({
        provider: provider.name,
        state: 'running',
        kubeconfigPath: cluster.kubeconfigPath,
      });
    });

    promise(
      'labels and expiry',
      async () => {
        const marks = await (subject.marks as ReadMarks)(cluster);
        expect(marks.length).toBeGreaterThan(0);
        for (const labels of marks) {
          expect(labels['canaryproof.dev/cluster']).toBe(subject.spec.name);
          expect(Number(labels['canaryproof.dev/expires-at']) * 1000).toBeGreaterThan(Date.now());
        }
      },
      subject.marks,
    );

    promise(
      'ingress reachable',
      async () => {
        await (await writerOf(cluster)).apply([GATEWAY]);
        expect(await firstStatus(cluster.ingressUrl ?? '')).toBe(404);
      },
      subject.traffic,
    );

    promise('load runs where it belongs', () => loadBelongs(cluster), subject.traffic);

    promise('down leaves nothing', async () => {
      await provider.down(subject.spec.name, progress);
      expect(await subject.traces()).toEqual(before);
      expect((await provider.list()).map(({ name }) => name)).not.toContain(subject.spec.name);
      await expect(stat(cluster.kubeconfigPath)).rejects.toThrow();
    });

    promise('down again is a no-op', async () => {
      await provider.down(subject.spec.name, progress);
      expect(await subject.traces()).toEqual(before);
    });

    promise(
      'logs exported on failure',
      async () => {
        const { error, logs } = await (subject.failedUp as FailedUp)();
        expect(error).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/), hint: expect.any(String) });
        expect(logs.length).toBeGreaterThan(0);
        expect(await subject.traces()).toEqual(before);
      },
      subject.failedUp,
    );

    promise('a cluster that is not ours is refused', async () => {
      await expect(subject.refusal()).rejects.toMatchObject({ code: subject.refusalCode, hint: expect.any(String) });
    });
  });
}

/** A gateway without routes answers 404, once its proxy has been told to listen. */
const GATEWAY: KubeObject = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'Gateway',
  metadata: { name: 'contract', namespace: 'default' },
  spec: {
    selector: { istio: 'ingressgateway' },
    servers: [{ port: { number: 8080, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
  },
};

/** A client that marks what it makes where others use the cluster too. */
export async function writerOf({ name, provider, kubeconfigPath }: RunningCluster): Promise<ClusterClient> {
  const state = await readMachineState(machineFiles(path.join(path.dirname(kubeconfigPath), '..'), name));
  const { installation, expiresAt } = state ?? {};
  if (provider !== 'existing' || installation === undefined || expiresAt === undefined)
    return createClusterClient(kubeconfigPath);
  const owner = { cluster: name, installation, expiresAt };
  return createOwnedClient(kubeconfigPath, { owner, mayShare: () => true });
}

async function firstStatus(url: string): Promise<number> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const status = await fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
      (response) => response.status,
      () => 0,
    );
    if (status !== 0 || Date.now() > deadline) return status;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function uidOf(cluster: RunningCluster, namespace: string): Promise<string | undefined> {
  const client = createClusterClient(cluster.kubeconfigPath);
  return (await client.get({ apiVersion: 'v1', resource: 'namespaces' }, namespace))?.metadata.uid;
}

/** A program started for a pod sees what only that pod sees: its own Envoy, behind its loopback address. */
async function loadBelongs(cluster: RunningCluster): Promise<void> {
  const client = createClusterClient(cluster.kubeconfigPath);
  const namespace = 'istio-system';
  const pods = await client.list({ apiVersion: 'v1', resource: 'pods', namespace }, 'istio=ingressgateway');
  const [pod] = pods as readonly [KubeObject, ...KubeObject[]];
  const inside = await cluster.loadAt({ kind: 'mesh', namespace, pod: pod.metadata.name });
  const fetching = 'fetch(process.argv[1]).then((r) => r.text()).then((t) => process.stdout.write(t))';
  const ask = async (prefix: readonly string[], url: string) => {
    const [program = process.execPath, ...args] = [...prefix, process.execPath, '-e', fetching, url];
    return (await runProgram([program, ...args], { timeoutMs: 60_000 })).stdout;
  };
  expect(await ask(inside.argvPrefix, 'http://127.0.0.1:15000/server_info')).toContain(pod.metadata.name);
  const outside = await cluster.loadAt({ kind: 'ingress' });
  expect(outside.ingressUrl).toMatch(/^http:\/\//);
  // where a provider can see what waits in front of a pod, it sees it of this one
  const { podIP } = pod.status as { podIP: string };
  if (cluster.acceptQueue) expect(await cluster.acceptQueue(podIP)).toBeGreaterThanOrEqual(0);
}
