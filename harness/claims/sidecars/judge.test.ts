import { expect, test } from 'vitest';
import { hasContainer } from '../../scene/pods.ts';
import { createFakeScene, meshedPod, PODS } from '../../testkit/fakes/fake-scene.ts';
import { judgeClaim } from '../judge-in-order.ts';
import { judgeSidecars } from './judge.ts';

test('ordinary containers and native sidecars are both found', () => {
  expect(hasContainer(meshedPod('a'), 'istio-proxy')).toBe(true);
  expect(
    hasContainer({ metadata: { name: 'a' }, spec: { containers: [{ name: 'istio-proxy' }] } }, 'istio-proxy'),
  ).toBe(true);
  expect(hasContainer(meshedPod('a', { sidecar: false }), 'istio-proxy')).toBe(false);
  expect(hasContainer({ metadata: { name: 'a' } }, 'istio-proxy')).toBe(false);
});

async function judge(pods: Record<string, ReturnType<typeof meshedPod>[]>, outsideMesh = ['argocd']) {
  const scene = await createFakeScene();
  for (const [namespace, list] of Object.entries(pods))
    for (const pod of list) scene.client.put({ ...PODS, namespace }, pod);
  return (await judgeSidecars({ ...scene.claim('sidecars'), outsideMesh }, scene)).claim;
}

test('every pod ready with its sidecar, and none elsewhere', async () => {
  const claim = await judge({
    bookinfo: [meshedPod('a'), meshedPod('b')],
    argocd: [meshedPod('c', { sidecar: false })],
  });
  expect(claim).toMatchObject({
    outcome: 'passed',
    sentence: '2 of 2 pods are ready with istio-proxy; argocd is outside the mesh.',
    details: [
      { label: 'bookinfo/a', value: '2/2 ready' },
      { label: 'bookinfo/b', value: '2/2 ready' },
    ],
  });
});

test('no namespace need stay outside', async () => {
  expect((await judge({ bookinfo: [meshedPod('a')] }, [])).sentence).toBe('1 of 1 pods are ready with istio-proxy.');
});

test('a pod that is on its way out does not count', async () => {
  const old = meshedPod('old', { ready: false });
  const leaving = { ...old, metadata: { ...old.metadata, deletionTimestamp: '2026-01-02T00:00:00Z' } };
  expect((await judge({ bookinfo: [meshedPod('a'), leaving] })).outcome).toBe('passed');
});

test('a pod that has done its work need not be ready', async () => {
  const done = meshedPod('migration', { ready: false });
  const claim = await judge({
    bookinfo: [meshedPod('a'), { ...done, status: { ...done.status, phase: 'Succeeded' } }],
  });
  expect(claim).toMatchObject({ outcome: 'passed', sentence: expect.stringMatching(/^1 of 1 pods are ready/) });
});

test('one that failed at it must', async () => {
  const bad = meshedPod('migration', { ready: false });
  const claim = await judge({ bookinfo: [meshedPod('a'), { ...bad, status: { ...bad.status, phase: 'Failed' } }] });
  expect(claim).toMatchObject({ outcome: 'failed', sentence: 'bookinfo/migration is 0/2 ready.' });
});

test('without any namespace in the mesh nothing is shown', async () => {
  const scene = await createFakeScene();
  const { claim } = await judgeSidecars({ ...scene.claim('sidecars'), namespaces: [], outsideMesh: [] }, scene);
  expect(claim).toMatchObject({
    outcome: 'inconclusive',
    sentence: 'No namespace of the profile is in the mesh, so there is no pod to look at.',
  });
});

test.each<[string, Record<string, ReturnType<typeof meshedPod>[]>, string]>([
  ['no pods at all', {}, 'bookinfo has no pods.'],
  ['a pod without a sidecar', { bookinfo: [meshedPod('a', { sidecar: false })] }, 'bookinfo/a has no istio-proxy.'],
  ['a pod that is not ready', { bookinfo: [meshedPod('a', { ready: false })] }, 'bookinfo/a is 0/2 ready.'],
  [
    'a sidecar where there must be none',
    { bookinfo: [meshedPod('a')], argocd: [meshedPod('c')] },
    'argocd/c is inside the mesh, but argocd must stay outside.',
  ],
])('%s fails, by name', async (_, pods, sentence) => {
  expect(await judge(pods)).toMatchObject({ outcome: 'failed', sentence });
});

test('the run ends while pods are listed: what was seen stays on record and is no pass', async () => {
  const controller = new AbortController();
  const scene = await createFakeScene({ signal: controller.signal });
  scene.client.put(PODS, meshedPod('a'));
  const { list } = scene.client;
  scene.client.list = async (...args) => {
    controller.abort(new DOMException('interrupted', 'AbortError'));
    return list(...args);
  };
  const { claim } = await judgeClaim(scene.claim('sidecars'), scene);
  expect(claim.outcome).toBe('inconclusive');
  expect(claim.sentence).toMatch(/^Cut short: the run was interrupted before this was decided\. 1 of 1 pods/);
  expect(claim.details).toEqual([{ label: 'bookinfo/a', value: '2/2 ready' }]);
});
