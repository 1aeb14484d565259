/** The scene of the real Bookinfo profile on a cluster in memory, with a clock that only the load moves. */
import path from 'node:path';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { formatHops } from '../../../k8s/workload/hops.ts';
import type { Claim } from '../../claims/declarations.ts';
import type { RunningCluster } from '../../ports/cluster.ts';
import type { LoadRunner } from '../../ports/load.ts';
import { collectRepository } from '../../profile/collect-repository.ts';
import type { Profile } from '../../profile/profile.ts';
import { createGitSource } from '../../scene/git-source.ts';
import { createOnce } from '../../scene/once.ts';
import type { Scene } from '../../scene/scene.ts';
import { createTimelineRecorder } from '../../scene/timeline-recorder.ts';
import { createFakeClusterClient, type FakeClusterClient } from './fake-cluster-client.ts';
import { packagedProfile } from './packaged-profiles.ts';
import { drawnVersion, scriptedLoad, steadySamples } from './scripted-load.ts';
import { createSilentProgress } from './silent-progress.ts';

export const APPLICATION_COLLECTION = {
  apiVersion: 'argoproj.io/v1alpha1',
  resource: 'applications',
  namespace: 'argocd',
};
export const ROUTES = { apiVersion: 'networking.istio.io/v1', resource: 'virtualservices', namespace: 'bookinfo' };
export const RULES = { ...ROUTES, resource: 'destinationrules' };
export const PODS = { apiVersion: 'v1', resource: 'pods', namespace: 'bookinfo' };
export const DEPLOYMENTS = { apiVersion: 'apps/v1', resource: 'deployments', namespace: 'bookinfo' };

const START_MS = Date.UTC(2026, 0, 2);

export interface FakeScene extends Scene {
  readonly client: FakeClusterClient;
  readonly clock: { ms: number };
  readonly told: readonly string[];
  claim<Kind extends Claim['kind']>(kind: Kind): Extract<Claim, { kind: Kind }>;
}

export const bookinfoProfile = (): Promise<Profile> => packagedProfile('bookinfo');

export const bookinfoFiles = (profile: Profile) =>
  collectRepository(profile, async () => {
    throw new TypeError('Bookinfo brings all of its files');
  });

export async function createFakeScene(
  change: Partial<Scene> = {},
  budgets: Partial<Profile['budgets']> = {},
): Promise<FakeScene> {
  const loaded = await bookinfoProfile();
  const profile = { ...loaded, budgets: { ...loaded.budgets, ...budgets } };
  const clock = { ms: START_MS };
  const now = () => clock.ms;
  const recorder = createTimelineRecorder(now, () => undefined);
  const progress = createSilentProgress();
  const commits: { sha: string; message: string; pushedAt: number }[] = [];
  const source = createGitSource(
    {
      url: 'http://git/bookinfo.git',
      commits,
      async commit(_files, message) {
        const commit = { sha: `${commits.length + 1}`.repeat(40).slice(0, 40), message, pushedAt: now() };
        commits.push(commit);
        client.react(`commit ${message}`);
        return commit;
      },
      branch: async (name) => ({ sha: '0'.repeat(40), message: `branch ${name}`, pushedAt: now() }),
      commitTo: async (_branch, _files, message) => ({ sha: '0'.repeat(40), message, pushedAt: now() }),
      async merge(from, into, message) {
        client.react(`merge ${from} into ${into}`);
        return { sha: '0'.repeat(40), message, pushedAt: now() };
      },
    },
    () => undefined,
  );
  const client = createFakeClusterClient();
  await source.commit(await bookinfoFiles(profile), 'first');
  const scene: FakeScene = {
    profile,
    cluster: fakeCluster(),
    client,
    source,
    application: { name: 'bookinfo', namespace: 'argocd' },
    recorder,
    progress,
    signal: new AbortController().signal,
    load: scriptedLoad(reviewsSamples(0.1)),
    evidence: {
      createSamples: (name) => ({
        path: name,
        count: 0,
        write: () => undefined,
        close: () => ({ bytes: 0, sha256: '' }),
      }),
    },
    assurance: 'smoke',
    ratePerSecond: 1000,
    cores: 2,
    phases: [],
    once: createOnce(),
    now,
    // time passes at once, and whatever waited for it gets its turn
    async pause(ms) {
      scene.signal.throwIfAborted();
      clock.ms += ms;
      await new Promise((resolve) => setImmediate(resolve));
      scene.signal.throwIfAborted();
    },
    ...change,
    clock,
    told: progress.told,
    claim(kind) {
      const found = profile.claims.find((candidate) => candidate.kind === kind);
      if (!found) throw new TypeError(`Bookinfo has no claim ${kind}`);
      return found as Extract<Claim, { kind: typeof kind }>;
    },
  } as FakeScene;
  return scene;
}

export function fakeCluster(change: Partial<RunningCluster> = {}): RunningCluster {
  return {
    name: 'bookinfo',
    provider: 'local',
    // read for the key of behaviour tokens
    kubeconfigPath: path.join(import.meta.dirname, 'kubeconfig.yaml'),
    components: [{ name: 'istiod', version: '1.2.3', origin: 'a test' }],
    notEnforced: async () => [],
    loadAt: async () => ({ argvPrefix: [], ingressUrl: 'http://10.96.0.80' }),
    git: { directory: '/nowhere/git', url: 'http://git' },
    prometheusUrl: undefined,
    ingressUrl: undefined,
    ...change,
  };
}

/** What a client of reviews gets: the chain of hops that names its version. */
export const hopsOf = (version: string) => formatHops([{ service: 'reviews', version, pod: `reviews-${version}-x` }]);

/** A thousand requests a second, `share` of them answered by v3. */
export function reviewsSamples(share: number, count = 60_000) {
  const drawn = drawnVersion(share);
  return steadySamples(count, (sequence) => hopsOf(drawn(sequence) === 'v2' ? 'v3' : 'v1'));
}

/** Load that moves the clock and lets everything else run in between, as a real one does. */
export function pacedLoad(clock: { ms: number }, shareNow: () => number, count: number): LoadRunner {
  return {
    async run(request, prefix, onSample, signal) {
      const startMs = clock.ms;
      const taken: Parameters<typeof onSample>[0][] = [];
      for (let sequence = 0; sequence < count && !signal.aborted; sequence += 1) {
        if (sequence % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
        clock.ms = startMs + sequence;
        const version = drawnVersion(shareNow())(sequence) === 'v2' ? 'v3' : 'v1';
        const times = { startMs: clock.ms, endMs: clock.ms + 4 };
        const sample = { sequence, ...times, status: 200, errorCode: 0, vu: sequence % 20, identity: hopsOf(version) };
        taken.push(sample);
        if (onSample(sample) === 'stop') break;
      }
      return scriptedLoad(taken).run(request, prefix, () => 'continue', new AbortController().signal);
    },
  };
}

export function reviewsRoute(weights: Readonly<Record<string, number>>, spec: object = {}): KubeObject {
  const route = Object.entries(weights).map(([subset, weight]) => ({
    destination: { host: 'reviews', subset },
    weight,
  }));
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'reviews', namespace: 'bookinfo', managedFields: [{ manager: 'argocd-controller', time: '1' }] },
    spec: { hosts: ['reviews'], ...spec, http: [{ route }] },
  };
}

export function application(
  change: { revision?: string; automated?: object | null; resources?: object[] } = {},
): KubeObject {
  const { revision = '1'.repeat(40), automated = { prune: true, selfHeal: true }, resources = [] } = change;
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'bookinfo', namespace: 'argocd' },
    spec: { syncPolicy: { automated } },
    status: { sync: { status: 'Synced', revision }, health: { status: 'Healthy' }, resources },
  };
}

/** A pod with an application container and, unless told otherwise, a native sidecar. */
export function meshedPod(
  name: string,
  change: { ready?: boolean; sidecar?: boolean; labels?: Record<string, string> } = {},
): KubeObject {
  const { ready = true, sidecar = true, labels = {} } = change;
  const status = (container: string) => ({ name: container, ready, restartCount: 0 });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'bookinfo', labels },
    spec: {
      containers: [{ name: 'app' }],
      ...(sidecar ? { initContainers: [{ name: 'istio-proxy', restartPolicy: 'Always' }] } : {}),
    },
    status: {
      containerStatuses: [status('app')],
      ...(sidecar ? { initContainerStatuses: [status('istio-proxy')] } : {}),
    },
  };
}
