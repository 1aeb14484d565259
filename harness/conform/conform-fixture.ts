/** What the quick and the thorough tests of conform share. */

import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { ClusterProvider } from '../ports/cluster.ts';
import type { Profile } from '../profile/profile.ts';
import { createFakeClusterClient, type FakeClusterClient } from '../testkit/fakes/fake-cluster-client.ts';
import {
  APPLICATION_COLLECTION,
  application,
  bookinfoFiles,
  bookinfoProfile,
  fakeCluster,
  meshedPod,
  PODS,
  ROUTES,
  reviewsRoute,
} from '../testkit/fakes/fake-scene.ts';
import { scriptedLoad } from '../testkit/fakes/scripted-load.ts';
import { createSilentProgress, type SilentProgress } from '../testkit/fakes/silent-progress.ts';
import { conform } from './conform.ts';
import type { ConformInput } from './input.ts';
import type { ConformPorts } from './ports.ts';

export let folder: string;

let ingress: Server;

export let ingressUrl: string;

export let client: FakeClusterClient;

export let calls: string[];

export let progress: SilentProgress;

export let interruption: AbortController;

export let repository: string;

/** Claims of these kinds, in this order. No pod here has a proxy, so the claim about sidecars asks for another container. */
export function claimsOf({ claims }: Profile, kinds: readonly string[]): Profile['claims'] {
  return kinds.flatMap((kind) =>
    claims
      .filter((claim) => claim.kind === kind)
      .map((claim) => (claim.kind === 'sidecars' ? { ...claim, container: 'app' } : claim)),
  );
}

export async function run(
  change: Partial<ConformInput> = {},
  ports: Partial<ConformPorts> = {},
  provider: Partial<ClusterProvider> = {},
) {
  const whole = await bookinfoProfile();
  const profile: Profile = { ...whole, claims: claimsOf(whole, ['sidecars', 'prometheus-agrees', 'traffic-split']) };
  const bare = path.join(folder, 'bare');
  const cluster = fakeCluster({ ingressUrl, git: { directory: bare, url: 'http://git' } });
  return conform(
    {
      ...{
        profile,
        clusterName: 'bookinfo',
        componentVersions: {},
        assurance: 'smoke',
        faults: [],
        claimsLeftOut: [],
      },
      ...{ ratePerSecond: undefined, cleanup: 'always', command: ['canaryproof', 'conform'], reproduce: 'again' },
      runsDirectory: path.join(folder, 'runs'),
      host: { system: 's', cpus: 2, memoryBytes: 1 },
      ...change,
    },
    {
      provider: {
        name: 'local',
        async up() {
          calls.push('up');
          return cluster;
        },
        async down() {
          calls.push('down');
          return true;
        },
        list: async () =>
          calls.lastIndexOf('up') > calls.lastIndexOf('down')
            ? [{ name: 'bookinfo', provider: 'local', state: 'running', kubeconfigPath: '', createdAt: 0, detail: '' }]
            : [],
        ...provider,
      },
      connect: () => client,
      collectFiles: () => bookinfoFiles(profile),
      createLoad: () => scriptedLoad([]),
      loadComponent: () => ({ name: 'k6', version: '1', origin: 'o' }),
      render: async (report) => new Map([['result.json', JSON.stringify(report)]]),
      progress,
      ownComponent: { name: 'canaryproof', version: '0', origin: 'o' },
      now: Date.now,
      ...ports,
    },
    interruption.signal,
  );
}

/** Revision of the only repository in the folder. */
function headOf(bare: string): string {
  const [name = ''] = readdirSync(bare);
  return readFileSync(path.join(bare, name, 'refs', 'heads', 'main'), 'utf8').trim();
}

export const runRecord = async () => {
  const [id = ''] = await readdir(path.join(folder, 'runs'));
  return JSON.parse(await readFile(path.join(folder, 'runs', id, 'run.json'), 'utf8'));
};

/** Called once by each file of tests: makes what they need, in a folder that goes with the run, and stops what it started. */
export function conformTestbed(): void {
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-conform-'));
    ingress = createServer((_, response) => response.end('page'));
    await new Promise<void>((resolve) => ingress.listen(0, '127.0.0.1', resolve));
    ingressUrl = `http://127.0.0.1:${(ingress.address() as AddressInfo).port}`;
    client = createFakeClusterClient();
    client.put(PODS, meshedPod('page', { sidecar: false, labels: { app: 'productpage' } }));
    client.put({ ...PODS, resource: 'services' }, { metadata: { name: 'reviews' }, spec: { clusterIP: '10.96.0.7' } });
    client.put(ROUTES, reviewsRoute({ 'reviews-v1': 90, 'reviews-v3': 10 }));
    // Argo CD: an Application that is applied is soon Synced at what its repository holds
    client.react = (write) => {
      if (write !== 'apply Application bookinfo') return;
      const { source } = client.applied.at(-1)!.spec as { source: { repoURL: string } };
      repository = source.repoURL;
      const revision = headOf(path.join(folder, 'bare'));
      setImmediate(() => client.put(APPLICATION_COLLECTION, application({ revision })));
    };
    calls = [];
    progress = createSilentProgress();
    interruption = new AbortController();
  });
  afterEach(async () => {
    ingress.closeAllConnections();
    await new Promise((resolve) => ingress.close(resolve));
  });
}
