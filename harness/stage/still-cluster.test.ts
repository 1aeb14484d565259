import { expect, test } from 'vitest';
import { HASH_LABEL, ROLLOUTS } from '../rollouts/rollout-object.ts';
import { createFakeScene, meshedPod, PODS } from '../testkit/fakes/fake-scene.ts';
import { stillCluster } from './still-cluster.ts';

const NAMESPACES = { apiVersion: 'v1', resource: 'namespaces' };
const copy = { metadata: { name: 'bookinfo-trial', labels: { 'canaryproof.dev/stage': 'bookinfo' } } };

test('waits until copies and pods of before are gone', async () => {
  const scene = await createFakeScene();
  const startMs = scene.now();
  scene.client.put(NAMESPACES, copy);
  scene.client.put(PODS, meshedPod('starts', { ready: false }));
  const { pause } = scene;
  const paused = async (ms: number) => {
    await pause(ms);
    if (scene.now() - startMs >= 5_000) scene.client.remove(NAMESPACES, copy.metadata.name);
    if (scene.now() - startMs >= 8_000) scene.client.put(PODS, meshedPod('starts'));
  };
  await stillCluster({ ...scene, pause: paused });
  expect(scene.now() - startMs).toBe(8_000);
});

test('waits for pods of an earlier version, which a settled Rollout keeps for its scale-down delay', async () => {
  const plain = await createFakeScene();
  const scene = { ...plain, profile: { ...plain.profile, addons: [...plain.profile.addons, 'argo-rollouts'] } };
  const startMs = scene.now();
  const status = { phase: 'Healthy', stableRS: 'kept', currentPodHash: 'kept', observedGeneration: '1' };
  scene.client.put({ ...ROLLOUTS, namespace: 'bookinfo' }, { metadata: { name: 'reviews', generation: 1 }, status });
  scene.client.put(PODS, meshedPod('stable', { labels: { [HASH_LABEL]: 'kept' } }));
  scene.client.put(PODS, meshedPod('plain'));
  await stillCluster(scene);
  expect(scene.now()).toBe(startMs);
  scene.client.put(PODS, meshedPod('aborted', { labels: { [HASH_LABEL]: 'gone-soon' } }));
  const pause = async (ms: number) => {
    await plain.pause(ms);
    if (scene.now() - startMs >= 30_000) scene.client.remove(PODS, 'aborted');
  };
  await stillCluster({ ...scene, pause });
  expect(scene.now() - startMs).toBe(30_000);
});

test('what never comes to rest is waited for once, and is told', async () => {
  const scene = await createFakeScene();
  const startMs = scene.now();
  scene.client.put(PODS, meshedPod('never', { ready: false }));
  await stillCluster(scene);
  const waitedMs = scene.now() - startMs;
  expect(waitedMs).toBeGreaterThan(60_000);
  await stillCluster(scene);
  expect(scene.now() - startMs).toBe(waitedMs);
  expect(scene.recorder.events).toMatchObject([{ lane: 'machine', detail: 'pod bookinfo/never' }]);
});
