/** The scene of a real Rollouts profile on a cluster in memory, where a scripted controller moves weights and time. */

import { vi } from 'vitest';
import type { Claim } from '../../claims/declarations.ts';
import { collectRepository } from '../../profile/collect-repository.ts';
import type { Profile } from '../../profile/profile.ts';
import { createGitSource } from '../../scene/git-source.ts';
import { createOnce } from '../../scene/once.ts';
import type { Scene } from '../../scene/scene.ts';
import { createTimelineRecorder } from '../../scene/timeline-recorder.ts';
import { APPLICATION_COLLECTION, fakeCluster } from '../fakes/fake-scene.ts';
import { packagedProfile } from '../fakes/packaged-profiles.ts';
import { createSilentProgress } from '../fakes/silent-progress.ts';
import { type AnalysisFaults, createFakeAnalyses } from './fake-analyses.ts';
import { type AutoscalerPlay, createFakeAutoscaler } from './fake-autoscaler.ts';
import { createFakeGitOps, type GitOpsFaults } from './fake-gitops.ts';
import { createFakeTraffic, type FakeTraffic, type TrafficFaults } from './fake-mesh-traffic.ts';
import { createFakeMetrics } from './fake-metrics.ts';
import { readyPod } from './fake-rollout-pods.ts';
import { createRolloutsCluster, type RolloutsCluster } from './fake-rollouts-cluster.ts';
import { type ControllerFaults, createRolloutsController } from './fake-rollouts-controller.ts';
import { playSidecars, type SidecarFaults } from './fake-sidecars.ts';
import { startVirtualTime, type VirtualTime } from './virtual-time.ts';

/** What goes wrong, of each part. A test sets them before or while its claim is judged. */
export interface RolloutFaults extends ControllerFaults, AnalysisFaults, TrafficFaults, SidecarFaults, GitOpsFaults {
  /** Default: autoscalers do nothing. */
  autoscaler?: AutoscalerPlay;
}

export interface FakeRolloutScene extends Scene, Disposable {
  readonly client: RolloutsCluster;
  readonly time: VirtualTime;
  readonly traffic: FakeTraffic;
  readonly faults: RolloutFaults;
  readonly told: readonly string[];
  /** Ends the run, as Ctrl-C or its time budget would. */
  readonly abort: (reason: Error) => void;
  claim<Kind extends Claim['kind']>(kind: Kind): Extract<Claim, { kind: Kind }>;
}

export async function createFakeRolloutScene(
  name: 'gridos' | 'zero-downtime',
  faults: RolloutFaults = {},
  budgets: Partial<Profile['budgets']> = {},
): Promise<FakeRolloutScene> {
  const loaded = await packagedProfile(name);
  const profile = { ...loaded, budgets: { ...loaded.budgets, ...budgets } };
  const repository = await collectRepository(profile, async () => {
    throw new TypeError(`${name} brings all of its files`);
  });
  const time = startVirtualTime();
  const now = () => time.nowMs;
  const client = createRolloutsCluster();
  const gateway = { name: 'istio-ingressgateway', namespace: 'istio-system' };
  client.write('services', { metadata: gateway, spec: { selector: { istio: 'ingressgateway' } } });
  const metrics = createFakeMetrics();
  vi.stubGlobal('fetch', metrics.fetch);
  const traffic = createFakeTraffic(time, client, metrics, faults);
  const unplay = playSidecars(client, faults, time);
  const controller = createRolloutsController(client, createFakeAnalyses(client, metrics, faults), faults);
  const source = await sourceOf(repository, now);
  const gitOps = createFakeGitOps(client, profile, faults, () => source.files);
  client.react = (write) => {
    if (write.startsWith('apply Pod ')) for (const pod of client.applied.splice(0)) startPod(client, pod);
  };
  gitOps.deploy();
  controller.act(now());
  const autoscaler = createFakeAutoscaler(client, faults);
  for (const act of [gitOps.act, autoscaler.act, controller.act, metrics.act]) time.onTick(act);
  const over = new AbortController();
  const progress = createSilentProgress();
  const [application] = client.all('applications');
  return {
    ...{ profile, client, source, progress, now, time, traffic, faults, told: progress.told },
    cluster: fakeCluster({
      prometheusUrl: metrics.url,
      loadAt: async (placement) => ({
        argvPrefix: placement.kind === 'mesh' ? ['enter', placement.namespace, placement.pod] : ['beside'],
        ingressUrl: 'http://10.96.0.80',
      }),
    }),
    application: { name: application!.metadata.name, namespace: APPLICATION_COLLECTION.namespace },
    recorder: createTimelineRecorder(now, () => undefined),
    signal: over.signal,
    load: traffic,
    evidence: {
      createSamples: (path) => ({ path, count: 0, write: () => undefined, close: () => ({ bytes: 0, sha256: '' }) }),
    },
    ...{ assurance: 'smoke', ratePerSecond: undefined, cores: 2, phases: [] },
    once: createOnce(),
    pause: (ms) => time.pause(ms, over.signal),
    abort: (reason) => over.abort(reason),
    claim(kind) {
      const found = profile.claims.find((candidate) => candidate.kind === kind);
      if (!found) throw new TypeError(`${name} has no claim ${kind}`);
      return found as Extract<Claim, { kind: typeof kind }>;
    },
    [Symbol.dispose]() {
      vi.unstubAllGlobals();
      unplay();
      time[Symbol.dispose]();
    },
  };
}

function startPod(client: RolloutsCluster, pod: RolloutsCluster['applied'][number]): void {
  if (pod.kind === 'Pod') client.write('pods', readyPod(pod));
}

async function sourceOf(files: Awaited<ReturnType<typeof collectRepository>>, now: () => number) {
  const commits: { sha: string; message: string; pushedAt: number }[] = [];
  const committed = async (message: string) => {
    const commit = { sha: String(commits.length + 1).padStart(40, '0'), message, pushedAt: now() };
    commits.push(commit);
    return commit;
  };
  const source = createGitSource(
    {
      url: 'http://git/profile.git',
      commits,
      commit: (_files, message) => committed(message),
      branch: (branch) => committed(`branch ${branch}`),
      commitTo: (_branch, _files, message) => committed(message),
      merge: (_from, _into, message) => committed(message),
    },
    () => undefined,
  );
  await source.commit(files, 'first');
  return source;
}
