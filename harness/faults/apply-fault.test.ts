import { expect, test } from 'vitest';
import { loadFault } from '../profile/faults.ts';
import {
  APPLICATION_COLLECTION,
  application,
  createFakeScene,
  ROUTES,
  reviewsRoute,
} from '../testkit/fakes/fake-scene.ts';
import { applyFault, withdrawFaults } from './apply-fault.ts';

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

test('what a fault of an earlier run applied is taken away, and nothing else', async () => {
  const scene = await createFakeScene();
  const collection = {
    apiVersion: 'networking.istio.io/v1alpha3',
    resource: 'envoyfilters',
    namespace: scene.profile.namespaces[0].name,
  };
  const filter = (name: string, manager: string) => ({
    apiVersion: collection.apiVersion,
    kind: 'EnvoyFilter',
    metadata: { name, namespace: collection.namespace, managedFields: [{ manager }] },
  });
  scene.client.put(collection, filter('wrong-endpoints', 'kubectl'));
  await withdrawFaults(scene);
  expect(scene.client.writes).toEqual([]);
  scene.client.put(collection, filter('wrong-endpoints', 'canaryproof'));
  scene.client.put(collection, filter('the-users-own', 'canaryproof'));
  await withdrawFaults(scene);
  expect((await scene.client.list(collection)).map(({ metadata }) => metadata.name)).toEqual(['the-users-own']);
});

test('what a fault of an earlier run patched goes whole, because Argo CD heals only what Git declares', async () => {
  const scene = await createFakeScene();
  const healthy = reviewsRoute({ 'reviews-v1': 90, 'reviews-v3': 10 });
  const writtenBy = (manager: string) => ({
    ...healthy,
    metadata: { ...healthy.metadata, managedFields: [{ manager }] },
  });
  scene.client.put(ROUTES, writtenBy('argocd-controller'));
  await withdrawFaults(scene);
  expect(scene.client.writes).toEqual([]);
  scene.client.put(ROUTES, writtenBy('canaryproof'));
  await withdrawFaults(scene);
  expect(await scene.client.list(ROUTES)).toEqual([]);
});
