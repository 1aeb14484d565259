/** What manifestsDecide adds to the judges behind it: manifests that cannot be judged are the claim's own failure. */
import { expect, test } from 'vitest';
import { environmentError, usageError } from '../errors/harness-error.ts';
import { ROLLOUTS } from '../rollouts/rollout-object.ts';
import type { Scene } from '../scene/scene.ts';
import { createFakeScene } from '../testkit/fakes/fake-scene.ts';
import { lastingLoad, timersRunning } from '../testkit/fakes/lasting-load.ts';
import type { ClaimOf } from './declarations.ts';
import { judgeOf } from './judges.ts';
import { manifestsDecide } from './refused-by-manifests.ts';

const CLAIM = {
  id: 'shop/no-lost-request',
  title: 'nothing is lost',
  kind: 'no-lost-request',
  rollout: { namespace: 'shop', name: 'app' },
  service: 'reviews',
  replicas: 2,
  phases: ['promote', 'abort'],
  path: { kind: 'ingress', path: '/', ratePerSecond: 100 },
} as unknown as ClaimOf<'no-lost-request'>;

/** A Rollout that is settled and declares what cannot be watched: no steps at all. */
async function prepared(
  change: Partial<Scene> = {},
  spec: Readonly<Record<string, unknown>> = { strategy: { blueGreen: {} } },
) {
  const load = lastingLoad(() => []);
  const scene = await createFakeScene({ load, ...change });
  scene.client.put(
    { apiVersion: 'v1', resource: 'services', namespace: 'istio-system' },
    {
      metadata: { name: 'istio-ingressgateway', namespace: 'istio-system' },
      spec: { selector: { istio: 'ingressgateway' } },
    },
  );
  scene.client.put(
    { ...ROLLOUTS, namespace: 'shop' },
    {
      kind: 'Rollout',
      metadata: { name: 'app', namespace: 'shop', generation: 1 },
      spec,
      status: { phase: 'Healthy', stableRS: 'a', currentPodHash: 'a', observedGeneration: 1 },
    },
  );
  return { scene, load };
}

/** Whatever is asked of the cluster ends with an error. */
const refusing = (error: () => unknown) =>
  new Proxy({} as Scene['client'], { get: () => () => Promise.reject(error()) });

const ROUTED = { trafficRouting: { istio: { virtualService: { name: 'app' } } } };

test.each([
  [{ strategy: { blueGreen: {} } }, 'ROLLOUT_NO_CANARY', /no canary strategy/],
  [{ strategy: { canary: { ...ROUTED, steps: [] } } }, 'ROLLOUT_NO_STEPS', /no setWeight step/],
  [{ strategy: { canary: { steps: [{ setWeight: 10 }] } } }, 'ROLLOUT_NO_TRAFFIC_ROUTING', /no Istio traffic routing/],
])(
  'a Rollout that cannot be watched (%j) fails before any load, with where and what to do',
  async (spec, code, why) => {
    const { scene, load } = await prepared({}, spec);
    const { claim, findings } = await judgeOf(CLAIM)(CLAIM, scene);
    expect(claim).toMatchObject({ id: 'shop/no-lost-request', outcome: 'failed' });
    expect(claim.sentence).toMatch(/^This cannot be judged: /);
    expect(claim.sentence).toMatch(why);
    expect(findings).toMatchObject([{ code, layer: 'manifest', severity: 'error' }]);
    expect(findings?.[0]?.where).toContain('app');
    expect(findings?.[0]?.hint).toBeTruthy();
    expect(load.requests).toEqual([]);
  },
);

test.each([
  ['SPLIT_MARGIN', 'invalid'],
  ['SPLIT_ERROR_RATES', 'invalid'],
  ['SPLIT_LOOKS', 'invalid'],
  ['SPLIT_SHARES', 'failed'],
  ['ROLLOUT_NO_STEPS', 'failed'],
])('%s: %s, as the question is at fault or the manifests are', async (code, outcome) => {
  const { scene } = await prepared();
  const judge = manifestsDecide(async () => {
    throw usageError(code, 'no');
  });
  expect((await judge(CLAIM, scene)).claim).toMatchObject({ outcome, sentence: 'This cannot be judged: no.' });
});

test('an environment that broke is not the claim’s failure', async () => {
  const { scene } = await prepared();
  const gone = environmentError('API_GONE', 'no API server');
  Object.assign(scene, { client: refusing(() => gone) });
  await expect(judgeOf(CLAIM)(CLAIM, scene)).rejects.toBe(gone);
});

test('the run ends while the Rollout is waited for: no verdict, no load, no timer', async () => {
  const controller = new AbortController();
  const reason = new DOMException('time is up', 'TimeoutError');
  const { scene, load } = await prepared({ signal: controller.signal });
  const client = refusing(() => {
    controller.abort(reason);
    return reason;
  });
  Object.assign(scene, { client });
  const before = timersRunning();
  await expect(judgeOf(CLAIM)(CLAIM, scene)).rejects.toBe(reason);
  expect(load.requests).toEqual([]);
  expect(timersRunning()).toBeLessThanOrEqual(before);
});
