import { expect, test } from 'vitest';
import { loadFault } from '../profile/faults.ts';
import { APPLICATION_COLLECTION, application, createFakeScene, ROUTES, reviewsRoute } from '../testkit/fake-scene.ts';
import { applyFault } from './apply-fault.ts';

test('the change waits until Argo CD has noticed that automated sync is off; before, it would be healed', async () => {
  const scene = await createFakeScene();
  const synced = application({ revision: 'r' });
  scene.client.put(APPLICATION_COLLECTION, synced);
  scene.client.put(ROUTES, reviewsRoute({ 'reviews-v1': 90, 'reviews-v3': 10 }));
  const order: string[] = [];
  scene.client.react = (write) => {
    order.push(write.replace(/^patch .*\//, 'patch '));
    if (!write.includes('applications')) return;
    const asked = { ...synced.metadata, annotations: { 'argocd.argoproj.io/refresh': 'normal' } };
    scene.client.put(APPLICATION_COLLECTION, { ...synced, metadata: asked });
    setImmediate(() => {
      order.push('noticed');
      scene.client.put(APPLICATION_COLLECTION, synced);
    });
  };
  await applyFault(await loadFault(scene.profile, 'split-85-15'), scene);
  expect(order).toEqual(['patch bookinfo', 'noticed', 'patch reviews']);
});
