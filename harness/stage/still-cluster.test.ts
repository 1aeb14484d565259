import { expect, test } from 'vitest';
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
