import { describe, expect, it, test } from 'vitest';
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

describe('rolled back', () => {
  async function rolledBack(history: (commits: readonly string[]) => readonly object[], isBusy = false) {
    const scene = await createFakeScene();
    const commits = () => scene.source.repository.commits.map(({ sha }) => sha);
    const asked: object[] = [];
    const put = (entries: readonly object[], operation?: object) => {
      const synced = application({ revision: commits().at(-1) ?? '' });
      const object = { ...synced, status: { ...synced.status, history: entries } };
      scene.client.put(APPLICATION_COLLECTION, operation ? { ...object, operation } : object);
    };
    put([{ id: 0, revision: commits()[0] }]);
    const { patch } = scene.client;
    scene.client.patch = async (...args) => {
      const body = args[3] as { operation?: { sync: { revision: string } } };
      const [before] = await scene.client.list(APPLICATION_COLLECTION);
      const written = await patch(...args);
      if (body.operation !== undefined && before && 'operation' in before) return written;
      if (body.operation === undefined) {
        put(history(commits()), isBusy ? { initiatedBy: { automated: true } } : undefined);
        // Argo CD takes whatever operation stands there away when its own one ends
        if (isBusy) setImmediate(() => put(history(commits())));
      } else {
        asked.push(body.operation);
        put([...history(commits()), { id: 2, revision: body.operation.sync.revision }]);
      }
      return written;
    };
    const fault = {
      ...(await loadFault(scene.profile, 'split-85-15')),
      ...{ patches: [], apply: [], commit: undefined },
      rollback: {
        without: {
          ...{ apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule' },
          ...{ name: 'ratings', namespace: 'bookinfo' },
        },
      },
    };
    return { scene, asked, made: applyFault(fault, scene) };
  }
  const source = { repoURL: 'http://git', path: '.' };

  it('Git loses the object, and Argo CD goes back to the deployment before with what its history says', async () => {
    const { scene, asked, made } = await rolledBack(([first, second]) => [
      { id: 0, revision: first, source },
      { id: 1, revision: second, source },
    ]);
    await made;
    expect(scene.source.history.map(({ commit }) => commit.message)).toEqual([
      'first',
      'Fault: without DestinationRule ratings',
    ]);
    expect(asked).toEqual([
      {
        initiatedBy: { username: 'canaryproof' },
        sync: { revision: '1'.repeat(40), prune: true, source, syncStrategy: { apply: {} } },
      },
    ]);
  });

  it('asks Argo CD when the operation that it is at has ended', async () => {
    const entries = ([first, second]: readonly string[]) => [
      { id: 0, revision: first, source },
      { id: 1, revision: second, source },
    ];
    const { asked, made } = await rolledBack(entries, true);
    await made;
    expect(asked).toHaveLength(1);
  });

  it('a history that holds nothing to go back to is said', async () => {
    const { made } = await rolledBack(([, second]) => [{ id: 1, revision: second, source }]);
    await expect(made).rejects.toMatchObject({ code: 'FAULT_NO_HISTORY', exitCode: 2 });
  });
});
