import { describe, expect, test } from 'vitest';
import type { Scene } from '../../scene/scene.ts';
import { startFakePrometheus, versionVector } from '../../testkit/fakes/fake-prometheus.ts';
import {
  createFakeScene,
  type FakeScene,
  fakeCluster,
  meshedPod,
  PODS,
  reviewsRoute,
  reviewsSamples,
} from '../../testkit/fakes/fake-scene.ts';
import { scriptedLoad } from '../../testkit/fakes/scripted-load.ts';
import { fewOf } from '../../testkit/runner/thorough.ts';
import { judgeTrafficSplit } from './judge.ts';

const DECLARED = { 'reviews-v1': 90, 'reviews-v3': 10 };
const SERVICES = { ...PODS, resource: 'services' };

/** Pods without sidecars, so that there are no proxies to ask. */
async function split(
  change: Partial<Scene>,
  live = reviewsRoute(DECLARED),
  prepare: (scene: FakeScene) => void = () => undefined,
) {
  const scene = await createFakeScene(change, { routesAppliedMs: 0 });
  scene.client.put(PODS, meshedPod('page', { sidecar: false, labels: { app: 'productpage' } }));
  scene.client.put(SERVICES, { metadata: { name: 'reviews' }, spec: { clusterIP: '10.96.0.7' } });
  if (live.spec) scene.recorder.virtualService(live);
  prepare(scene);
  const result = await judgeTrafficSplit(scene.claim('traffic-split'), scene);
  return { ...result, codes: (result.findings ?? []).map(({ code }) => code), scene };
}
const share = (value: number) => ({ load: scriptedLoad({ [Symbol.iterator]: () => reviewsSamples(value) }) });

test('as declared on both paths: passed, with a verdict, books and a phase for each', async () => {
  const load = scriptedLoad({ [Symbol.iterator]: () => reviewsSamples(0.1) });
  const { claim, splits, books, codes, scene } = await split({ load });
  expect(claim.outcome).toBe('passed');
  expect(codes).toEqual([]);
  expect(splits?.map(({ path, outcome }) => `${path} ${outcome}`)).toEqual(['ingress passed', 'mesh passed']);
  expect(books).toHaveLength(2);
  expect(scene.phases.map(({ path, claimId }) => `${path} ${claimId}`)).toEqual([
    'ingress bookinfo/split-90-10',
    'mesh bookinfo/split-90-10',
  ]);
  expect(load.requests.map(({ url, hosts }) => [url, hosts])).toEqual([
    ['http://10.96.0.80/productpage', {}],
    ['http://reviews:9080/reviews/0', { reviews: '10.96.0.7' }],
  ]);
});

describe('a finding says which layer is guilty', () => {
  test('the API object: other weights, with whoever wrote them', async () => {
    const live = reviewsRoute({ 'reviews-v1': 80, 'reviews-v3': 20 });
    const edited = { ...live, metadata: { ...live.metadata, managedFields: [{ manager: 'kubectl-edit' }] } };
    const { claim, findings, codes } = await split(share(0.2), edited);
    expect(claim.outcome).toBe('failed');
    expect(codes).toEqual(['API_WEIGHTS_DIFFER']);
    expect(findings?.[0]?.sentence).toMatch(
      /Git declares reviews-v1 90, reviews-v3 10 \(canary\/.*yaml:\d+\), but .* says reviews-v1 80, reviews-v3 20, written by kubectl-edit at 2026/,
    );
    expect(claim.sentence).toContain('written by kubectl-edit');
  });

  test('the API object: not bound to the mesh', async () => {
    const { codes, findings } = await split(share(0.5), reviewsRoute(DECLARED, { gateways: ['bookinfo-gateway'] }));
    expect(codes).toEqual(['API_GATEWAY_MESH_MISSING']);
    expect(findings?.[0]?.sentence).toContain('bound to bookinfo-gateway and not to mesh');
  });

  test('the API object: missing', async () => {
    const { codes } = await split(share(0.5), { metadata: { name: 'none' } });
    expect(codes).toEqual(['API_OBJECT_MISSING']);
  });

  test('only what was observed differs', async () => {
    const { codes, findings } = await split(share(0.2));
    expect(codes).toEqual(['OBSERVED_SHARE_DIFFERS']);
    expect(findings?.[0]).toMatchObject({
      layer: 'observed',
      sentence: expect.stringContaining('on ingress and mesh'),
    });
  });

  test('a proxy that routes otherwise is named', async () => {
    const { claim, codes, findings } = await split(share(0.1), reviewsRoute(DECLARED), (scene) => {
      scene.client.put(PODS, meshedPod('details-v1-abc'));
      scene.recorder.layers.route({
        ...{ proxy: 'bookinfo/details-v1-abc', host: 'reviews.bookinfo.svc.cluster.local', version: '' },
        ...{ atMs: scene.clock.ms, sinceMs: undefined, weights: { 'reviews-v1': 50, 'reviews-v3': 50 } },
      });
      const { now } = scene;
      // the time limit of the proxies is over at the second look
      Object.assign(scene, { now: () => now() + scene.clock.ms++ });
    });
    // although clients got the right share
    expect(claim.outcome).toBe('failed');
    expect(codes).toEqual(['XDS_WEIGHTS_DIFFER']);
    expect(findings?.[0]?.sentence).toContain(
      'The proxy of details-v1-abc routes reviews as reviews-v1 50, reviews-v3 50',
    );
  });
});

test.each(
  fewOf(1, [
    ['destination', 'destination'],
    ['source', 'source'],
  ] as const),
)("the mesh's counters are read from the side that the comparison wants: %s", async (reporter, expected) => {
  let scrape = 0;
  await using prometheus = await startFakePrometheus((url) =>
    versionVector({ v1: url.searchParams.get('query')?.includes('timestamp') ? 1e12 : 1e6 * scrape++ }),
  );
  const cluster = fakeCluster({ prometheusUrl: prometheus.url });
  const { scene } = await split({ cluster, ...share(0.1) }, reviewsRoute(DECLARED), (made) => {
    const claims = made.profile.claims.map((claim) =>
      claim.kind === 'prometheus-agrees' ? { ...claim, reporter } : claim,
    );
    Object.assign(made, { profile: { ...made.profile, claims } });
  });
  expect(scene.phases.map(({ meshCounts }) => meshCounts?.reporter)).toEqual([expected, expected]);
  for (const url of prometheus.asked) expect(url.searchParams.get('query')).toContain(`reporter="${expected}"`);
});

describe('the run ends', () => {
  const reason = new DOMException('time is up', 'TimeoutError');

  test.each([
    [0, ['ingress inconclusive', 'mesh inconclusive']],
    [1, ['ingress passed', 'mesh inconclusive']],
  ] as const)('in the middle of load %i: no pass, and what was decided before stays', async (nth, expected) => {
    const controller = new AbortController();
    let started = -1;
    const samples = function* () {
      started += 1;
      let count = 0;
      for (const sample of reviewsSamples(0.1)) {
        if (started === nth && ++count === 1_050) controller.abort(reason);
        yield sample;
      }
    };
    const load = scriptedLoad({ [Symbol.iterator]: samples });
    const { claim, splits } = await split({ load, signal: controller.signal });
    expect(claim.outcome).toBe('inconclusive');
    expect(splits?.map(({ path, outcome }) => `${path} ${outcome}`)).toEqual(expected);
  });

  test('while the proxies are waited for: no verdict at all', async () => {
    const controller = new AbortController();
    const scene = await createFakeScene({ signal: controller.signal });
    scene.client.put(PODS, meshedPod('page'));
    scene.pause = async () => {
      controller.abort(reason);
      throw reason;
    };
    await expect(judgeTrafficSplit(scene.claim('traffic-split'), scene)).rejects.toBe(reason);
  });
});
