/** A cluster in memory that runs the Job of `zero-downtime`, with a k6 that says what a test wants it to say. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { KubeObject } from '../../../k8s/client/object.ts';
import type { ManifestFile } from '../../lint/manifest-set.ts';
import { packageRoot } from '../../process/package-root.ts';
import type { Scene } from '../../scene/scene.ts';
import { createFakeReceivers, type FakeReceivers } from '../../testkit/fakes/fake-receivers.ts';
import { createFakeScene, type FakeScene, hopsOf, meshedPod, PODS } from '../../testkit/fakes/fake-scene.ts';
import { playPrograms } from '../../testkit/fakes/played-programs.ts';
import type { LoadTestClaim } from './load-test-claim.ts';

export const CLAIM: LoadTestClaim = {
  id: 'shop/load-test',
  title: 'the load test',
  kind: 'load-test',
  job: 'load-testing/k6-load-test.yaml',
  namespace: 'bookinfo',
  service: 'reviews',
  receiver: { namespace: 'bookinfo', labels: { app: 'reviews' } },
  path: { kind: 'ingress', host: 'shop.example.com', path: '/', ratePerSecond: 50 },
  endsWithinMs: 300_000,
};

export const JOBS = { apiVersion: 'batch/v1', resource: 'jobs', namespace: 'bookinfo' };
const CONFIG_MAPS = { apiVersion: 'v1', resource: 'configmaps', namespace: 'bookinfo' };
const FOLDER = path.join(packageRoot(), 'k8s/profiles/zero-downtime/repository/load-testing');

/** As the profile has them. */
export async function loadTestFiles(): Promise<readonly ManifestFile[]> {
  const names = ['k6-load-test.yaml', 'k6-scenario.yaml'];
  return Promise.all(
    names.map(async (name) => ({
      path: `load-testing/${name}`,
      text: await readFile(path.join(FOLDER, name), 'utf8'),
    })),
  );
}

interface Figures {
  readonly sent?: number;
  readonly failed?: number;
  readonly iterations?: number;
  readonly dropped?: number;
  readonly lastedMs?: number;
  /** Metric -> expression -> whether it was kept. */
  readonly thresholds?: Readonly<Record<string, Readonly<Record<string, boolean>>>>;
  readonly checks?: readonly { readonly path: string; readonly passes: number; readonly fails: number }[];
  readonly options?: object;
}

const KEPT: NonNullable<Figures['thresholds']> = {
  http_req_failed: { 'rate<0.01': true },
  http_req_duration: { 'p(95)<500': true },
};
export const CROSSED = { http_req_failed: { 'rate<0.01': false }, http_req_duration: { 'p(95)<500': false } };

/** What the script prints, as k6 2.2.0 makes it. */
export function summaryOf(figures: Figures = {}): string {
  const { sent = 1_000, failed = 0, iterations = sent, dropped = 0, lastedMs = 20_002, checks = [] } = figures;
  const thresholds = figures.thresholds ?? KEPT;
  const metric = (name: string, type: string, contains: string, values: object) => [
    name,
    {
      ...{ type, contains, values },
      ...(thresholds[name]
        ? { thresholds: Object.fromEntries(Object.entries(thresholds[name]).map(([text, ok]) => [text, { ok }])) }
        : {}),
    },
  ];
  return JSON.stringify({
    root_group: { name: '', path: '', id: 'x', groups: [{ checks, groups: [] }], checks: [] },
    state: { isStdOutTTY: false, isStdErrTTY: false, testRunDurationMs: lastedMs },
    metrics: Object.fromEntries([
      metric('http_reqs', 'counter', 'default', { count: sent, rate: sent / 20 }),
      metric('http_req_failed', 'rate', 'default', { rate: failed / sent, passes: failed, fails: sent - failed }),
      metric('http_req_duration', 'trend', 'time', { avg: 4.1, med: 3.9, 'p(95)': failed > 0 ? 680 : 12.5, max: 40 }),
      metric('iterations', 'counter', 'default', { count: iterations, rate: iterations / 20 }),
      ...(dropped > 0 ? [metric('dropped_iterations', 'counter', 'default', { count: dropped, rate: 1 })] : []),
      ...Object.keys(thresholds)
        .filter((name) => !['http_reqs', 'http_req_failed', 'http_req_duration', 'iterations'].includes(name))
        .map((name) => metric(name, 'rate', 'default', { rate: 0, passes: 0, fails: 0 })),
      metric('vus', 'gauge', 'default', { value: 1, min: 0, max: 3 }),
      metric('vus_max', 'gauge', 'default', { value: 100, min: 100, max: 100 }),
    ]),
    options: figures.options ?? {
      scenarios: { traffic: { executor: 'constant-arrival-rate', rate: 50, timeUnit: '1s', duration: '20s' } },
    },
  });
}

/** Lines of the scenario of this tool. */
export const linesOf = (count: number, status = 200, identity = hopsOf('v1')): string =>
  Array.from(
    { length: count },
    (_, n) => `cp1 ${n} ${1_767_312_000_000 + n * 20} 4000 ${status} 0 1 =${encodeURIComponent(identity)} .`,
  ).join('\n');

/** One run of the Job. */
export interface Played {
  readonly log?: string;
  readonly exitCode?: number;
  readonly reached?: number;
  /** Instead of one that ended by its exit code. */
  readonly job?: (job: KubeObject) => KubeObject | undefined;
  /** Instead of one whose k6 ended; undefined: there is none. */
  readonly pod?: (pod: KubeObject) => KubeObject | undefined;
  readonly isPodGone?: boolean;
  readonly meanwhile?: (scene: FakeScene, receivers: FakeReceivers) => void;
}

const sound = (run: number): Played =>
  run === 1
    ? { log: `${linesOf(1_000)}\n${summaryOf()}\n`, exitCode: 0, reached: 1_000 }
    : {
        log: `${linesOf(1_000, 500)}\n${summaryOf({ failed: 1_000, thresholds: CROSSED })}\n`,
        ...{ exitCode: 99, reached: 1_000 },
      };

const STARTED = '2026-01-02T00:00:03Z';

/**
 * @param play what is otherwise in the first run and in the second
 * @param change of the scene, such as another signal
 */
export async function loadTestScene(
  play: readonly Played[] = [],
  {
    change = {},
    files = (all: readonly ManifestFile[]) => all,
  }: { change?: Partial<Scene>; files?: (all: readonly ManifestFile[]) => readonly ManifestFile[] } = {},
) {
  const receivers = createFakeReceivers();
  playPrograms(receivers.run);
  const scene = await createFakeScene(change);
  await scene.source.commit([...scene.source.files, ...files(await loadTestFiles())], 'a load test');
  scene.client.put(PODS, meshedPod('reviews-0', { labels: { app: 'reviews' } }));
  let runs = 0;
  let log = '';
  Object.assign(scene.client, { getText: async (at: string) => (at.includes('/log?') ? log : 'ok') });
  scene.client.react = (write) => {
    if (write !== 'apply Job k6-load-test') {
      const map = scene.client.applied.at(-1);
      if (write.startsWith('apply ConfigMap') && map) scene.client.put(CONFIG_MAPS, map);
      return;
    }
    runs += 1;
    const played = { ...sound(runs), ...play[runs - 1] };
    log = played.log ?? '';
    receivers.requests += played.reached ?? 0;
    const declared = scene.client.applied.at(-1)!;
    const failed = (played.exitCode ?? 0) !== 0;
    const job: KubeObject = {
      ...declared,
      status: {
        startTime: '2026-01-02T00:00:00Z',
        conditions: [{ type: failed ? 'Failed' : 'Complete', status: 'True', reason: 'BackoffLimitExceeded' }],
      },
    };
    const uid = `job-${runs}`;
    const { spec } = (declared.spec as { template: { spec: object } }).template;
    const pod: KubeObject = {
      ...{ apiVersion: 'v1', kind: 'Pod', spec: spec as Record<string, unknown> },
      metadata: {
        ...{ name: `k6-load-test-${runs}`, namespace: 'bookinfo' },
        labels: { 'batch.kubernetes.io/job-name': 'k6-load-test' },
        ownerReferences: [{ kind: 'Job', name: 'k6-load-test', uid }],
      },
      status: {
        phase: failed ? 'Failed' : 'Succeeded',
        containerStatuses: [
          {
            name: 'k6',
            state: {
              terminated: { exitCode: played.exitCode ?? 0, startedAt: STARTED, finishedAt: '2026-01-02T00:00:24Z' },
            },
          },
        ],
      },
    };
    const shownPod = played.pod ? played.pod(pod) : pod;
    const shownJob = played.job ? played.job(job) : job;
    // the Job is followed from here on, so its end is written after everybody looks
    setImmediate(() => {
      if (shownPod) scene.client.put(PODS, shownPod);
      if (shownPod && played.isPodGone) scene.client.remove(PODS, shownPod.metadata.name);
      played.meanwhile?.(scene, receivers);
      if (shownJob) scene.client.put(JOBS, { ...shownJob, metadata: { ...shownJob.metadata, uid } });
    });
    // there from the beginning, as something that has not ended
    scene.client.put(JOBS, { ...declared, metadata: { ...declared.metadata, uid }, status: {} });
    if (!shownJob) setImmediate(() => scene.client.remove(JOBS, 'k6-load-test'));
  };
  return { scene, receivers };
}
