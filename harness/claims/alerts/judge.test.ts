import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatHops } from '../../../k8s/workload/hops.ts';
import { ROLLOUTS } from '../../rollouts/rollout-object.ts';
import type { Scene } from '../../scene/scene.ts';
import { type FakePrometheus, startFakePrometheus } from '../../testkit/fakes/fake-prometheus.ts';
import { APPLICATION_COLLECTION, createFakeScene, fakeCluster, meshedPod } from '../../testkit/fakes/fake-scene.ts';
import { endingLoad, lastingLoad, timersRunning } from '../../testkit/fakes/lasting-load.ts';
import { steadySamples } from '../../testkit/fakes/scripted-load.ts';
import { fewOf, thorough } from '../../testkit/runner/thorough.ts';
import type { AlertCase, AlertsClaim } from './declaration.ts';
import { judgeAlerts } from './judge.ts';

const FILES = [
  {
    path: 'argocd/monitoring.yaml',
    text: 'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: rules }\nspec: { source: { repoURL: x, path: y } }\n',
  },
  {
    path: 'base/kustomization.yaml',
    text: 'images:\n  - name: shop/app\n    newTag: v1\n',
  },
];
const release = (tag: string) => ({ file: 'base/kustomization.yaml', image: 'shop/app', tag, version: tag });
const alertCase = (alert: string, severity: AlertCase['severity'], tag: string): AlertCase => ({
  ...{ alert, severity },
  fault: { kind: 'release', release: release(tag) },
});
const identity = formatHops([{ service: 'app', version: 'v1', pod: 'app-x' }]);
const CLAIM: AlertsClaim = {
  id: 'shop/alerts',
  title: 'each fault raises its own alert',
  kind: 'alerts',
  application: 'argocd/monitoring.yaml',
  rollout: { namespace: 'shop', name: 'app' },
  path: { kind: 'ingress', path: '/', ratePerSecond: 100 } as AlertsClaim['path'],
  cases: [alertCase('HighErrorRate', 'critical', 'broken'), alertCase('Slow', 'warning', 'slow')],
  // longer than a busy machine takes for a request of its own
  firesWithinMs: 2_000,
  resolvesWithinMs: 2_000,
};

interface Notice {
  readonly alert: string;
  readonly to?: string;
}
interface Play {
  /** What Alertmanager posts after a release of this tag; default: the case's own alert to its severity. */
  readonly fires?: Readonly<Record<string, readonly Notice[]>>;
  readonly resolves?: boolean;
  /** State of every rule that Prometheus has. */
  readonly rules?: readonly { readonly name: string; readonly state: string }[];
  readonly onRelease?: (tag: string) => void;
  readonly change?: Partial<Scene>;
  /** Whether the load ends by itself. */
  readonly ends?: boolean;
}

const OWN: Required<Play>['fires'] = {
  broken: [{ alert: 'HighErrorRate', to: 'critical' }],
  slow: [{ alert: 'Slow', to: 'warning' }],
};
/** What Alertmanager puts before every path. */
const SECRET = 'of-this-test';
const QUIET = [
  { name: 'HighErrorRate', state: 'inactive' },
  { name: 'Slow', state: 'inactive' },
];

let prometheus: FakePrometheus;
let rules: Required<Play>['rules'];
beforeEach(async () => {
  rules = QUIET;
  prometheus = await startFakePrometheus(() => ({
    data: { groups: [{ rules: rules.map((rule) => ({ type: 'alerting', ...rule })) }] },
  }));
});
afterEach(() => prometheus[Symbol.asyncDispose]());

/** Alertmanager: posts to where the Service of the receiver points now. */
async function prepared({ fires = {}, resolves = true, onRelease, change = {}, ends = false }: Play = {}) {
  const load = (ends ? endingLoad : lastingLoad)(() => steadySamples(50, () => identity));
  const cluster = fakeCluster({
    prometheusUrl: prometheus.url,
    git: { directory: '/nowhere/git', url: 'http://127.0.0.1:1/git' },
  });
  const scene = await createFakeScene({ load, cluster, ...change });
  const { client, source } = scene;
  await source.commit(FILES, 'the shop');
  client.put(
    { apiVersion: 'v1', resource: 'secrets', namespace: 'monitoring' },
    { metadata: { name: 'alertmanager' }, data: { 'receiver-secret': Buffer.from(SECRET).toString('base64') } },
  );
  client.put(
    { ...ROLLOUTS, namespace: 'shop' },
    {
      metadata: { name: 'app', namespace: 'shop', generation: 1 },
      status: { phase: 'Healthy', stableRS: 'a', currentPodHash: 'a', observedGeneration: 1 },
    },
  );
  const posts: Promise<unknown>[] = [];
  const post = (notices: readonly Notice[], status: string) => {
    const slice = client.applied.find(({ kind }) => kind === 'EndpointSlice') as unknown as {
      ports: [{ port: number }];
    };
    for (const { alert, to = '' } of notices)
      posts.push(
        fetch(`http://127.0.0.1:${slice.ports[0].port}/${SECRET}/${to}`, {
          method: 'POST',
          headers: { connection: 'close' },
          body: JSON.stringify({ alerts: [{ status, labels: { alertname: alert } }] }),
        })
          .then((answer) => answer.text())
          // the receiver ends with the judge, who need not wait for every notice; what arrived is in the verdict
          .catch(() => undefined),
      );
  };
  client.react = (write) => {
    if (write === 'apply Application rules')
      client.put(APPLICATION_COLLECTION, {
        metadata: { name: 'rules' },
        status: { sync: { status: 'Synced', revision: 'r' }, health: { status: 'Healthy' } },
      });
    const [, what, tag = ''] = /^commit (Release|Revert: release) (\w+)$/.exec(write) ?? [];
    if (what === 'Release') onRelease?.(tag);
    const notices = fires[tag] ?? OWN[tag] ?? [];
    if (what === 'Release') post(notices, 'firing');
    else if (what !== undefined && resolves) post(notices, 'resolved');
  };
  return { scene, load, posts, judge: () => judgeAlerts(CLAIM, scene) };
}

async function judge(play: Play = {}) {
  const { posts, judge: judging } = await prepared(play);
  const result = await judging();
  await Promise.all(posts);
  return result;
}

test('each fault raises its own alert at the receiver of its severity, and it is resolved: passed', async () => {
  const { scene, load, judge: judging } = await prepared();
  const { claim, findings } = await judging();
  expect(claim.sentence).toMatch(
    /^Each fault raised its own alert and no other.*: HighErrorRate \(critical\) after .*, Slow \(warning\) after/,
  );
  expect(claim.outcome).toBe('passed');
  expect(claim.details.map(({ label }) => label)).toEqual([
    'HighErrorRate firing',
    'HighErrorRate resolved',
    'Slow firing',
    'Slow resolved',
  ]);
  expect(findings).toEqual([]);
  // the rules come by Git, from the repository of this run
  const application = scene.client.applied.find(({ metadata }) => metadata.name === 'rules');
  expect(application?.spec).toMatchObject({ source: { repoURL: scene.source.repository.url } });
  expect(scene.source.files).toEqual(FILES);
  expect(load.running).toBe(0);
});

describe('failed, and says which promise', () => {
  test.each<[string, Play, string]>(
    fewOf(2, [
      ['an alert that does not fire', { fires: { broken: [] } }, 'HighErrorRate did not fire.'],
      [
        'another alert that fires too',
        { fires: { broken: [...OWN.broken!, { alert: 'PodDown', to: 'critical' }] } },
        'PodDown fired too.',
      ],
      [
        'an alert that goes to the wrong receiver',
        { fires: { slow: [{ alert: 'Slow', to: 'info' }] } },
        'Slow went to info and not to warning.',
      ],
      [
        'alerts that are not resolved',
        { resolves: false },
        'HighErrorRate was not resolved within 2.0 s; Slow was not resolved within 2.0 s.',
      ],
    ]),
  )('%s', async (_, play, sentence) => {
    const { claim, findings } = await judge(play);
    expect(claim).toMatchObject({ outcome: 'failed', sentence });
    expect(findings?.map(({ code }) => code)).toContain('ALERT_WRONG');
  });
});

describe('what Git declares and what does not come about', () => {
  test.each([
    ['a rule that Prometheus does not have', [QUIET[0]!], /Prometheus had no rule Slow/],
    ['an alert without a fault', [...QUIET, { name: 'Watchdog', state: 'firing' }], /Watchdog was firing without/],
  ])('%s', async (_, loaded, message) => {
    rules = loaded;
    const { judge: judging, load } = await prepared();
    await expect(judging()).rejects.toMatchObject({
      code: 'PROMISE_NOT_KEPT',
      message: expect.stringMatching(message),
    });
    expect(load.running).toBe(0);
  });
});

describe('says nothing of the rules', () => {
  test('where the load ended while alerts were provoked, whether they fired or not', async () => {
    for (const fires of fewOf(1, [OWN, { broken: [] }])) {
      const { judge: judging } = await prepared({ ends: true, fires });
      await expect(judging()).rejects.toMatchObject({ code: 'LOAD_ENDED', exitCode: 3 });
    }
  });

  thorough('where what should send the notifications is not ready', async () => {
    const { scene, judge: judging, load } = await prepared({ fires: { broken: [] } });
    const pods = { apiVersion: 'v1', resource: 'pods', namespace: 'monitoring' };
    scene.client.put(pods, meshedPod('alertmanager-0', { ready: false }));
    await expect(judging()).rejects.toMatchObject({
      code: 'PODS_NOT_READY',
      message: expect.stringContaining('alertmanager-0'),
    });
    expect(load.running).toBe(0);
  });
});

test('the run ends while an alert is waited for: no verdict, the fault is undone, nothing is left', async () => {
  const controller = new AbortController();
  const reason = new DOMException('time is up', 'TimeoutError');
  const {
    scene,
    load,
    judge: judging,
  } = await prepared({
    fires: { broken: [] },
    onRelease: () => setImmediate(() => controller.abort(reason)),
    change: { signal: controller.signal },
  });
  const before = timersRunning();
  await expect(judging()).rejects.toBe(reason);
  expect(scene.source.history.map(({ commit }) => commit.message).slice(-2)).toEqual([
    'Release broken',
    'Revert: release broken',
  ]);
  expect(load.running).toBe(0);
  expect(timersRunning()).toBeLessThanOrEqual(before);
});
