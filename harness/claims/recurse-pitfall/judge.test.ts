import { expect, test } from 'vitest';
import { APPLICATION_COLLECTION, application, createFakeScene } from '../../testkit/fakes/fake-scene.ts';
import { timersRunning } from '../../testkit/fakes/lasting-load.ts';
import { declaredObjects, judgeRecurse, unmanagedObjects } from './judge.ts';

const files = [
  { path: 'argocd/application.yaml', text: 'kind: Application\nmetadata: { name: shop }\n' },
  {
    path: 'base/a.yaml',
    text: 'kind: Service\nmetadata: { name: a }\n---\n# nothing\n---\nkind: Secret\nmetadata: { name: b }\n',
  },
  { path: 'base/kustomization.yml', text: 'kind: Kustomization\nresources: [a.yaml]\n' },
  { path: 'README.md', text: 'kind: of a text\n' },
];
const declared = [
  { path: 'base/a.yaml', kind: 'Service', name: 'a' },
  { path: 'base/a.yaml', kind: 'Secret', name: 'b' },
];

test('declared are the objects of all manifests but the Application', () => {
  expect(declaredObjects(files, 'argocd/application.yaml')).toEqual(declared);
});

test('not managed is what the status of the Application does not list', () => {
  expect(unmanagedObjects(declared, application({ resources: [{ kind: 'Service', name: 'a' }] }))).toEqual([
    declared[1],
  ]);
  expect(unmanagedObjects(declared, application({ resources: [{ kind: 'Secret', name: 'a' }] }))).toEqual(declared);
  expect(unmanagedObjects(declared, undefined)).toEqual(declared);
});

async function judge(
  managedByReal: (index: number) => boolean,
  managedByTrial: (index: number) => boolean,
  sync = 'Synced',
) {
  const scene = await createFakeScene();
  const all = declaredObjects(scene.source.files, scene.profile.source.application);
  const of = (managed: (index: number) => boolean) =>
    application({ resources: all.filter((_, index) => managed(index)) });
  scene.client.put(APPLICATION_COLLECTION, of(managedByReal));
  scene.client.react = (write) => {
    if (!write.startsWith('apply Application')) return;
    const trial = of(managedByTrial);
    const status = { ...trial.status, sync: { status: sync } };
    scene.client.put(APPLICATION_COLLECTION, {
      ...trial,
      status,
      metadata: { ...trial.metadata, name: 'bookinfo-no-recurse' },
    });
  };
  return { ...(await judgeRecurse(scene.claim('recurse-pitfall'), scene)), scene, count: all.length };
}
const all = () => true;
const none = () => false;

test('Synced and everything ignored: the pitfall is noticed; the trial is removed', async () => {
  const { claim, findings, scene, count } = await judge(all, none);
  expect(claim).toMatchObject({ id: 'bookinfo/recurse-pitfall', outcome: 'passed' });
  expect(claim.sentence).toContain(`${count} of ${count} objects`);
  expect(claim.details).toHaveLength(count);
  expect(findings).toEqual([]);
  expect(await scene.client.get(APPLICATION_COLLECTION, 'bookinfo-no-recurse')).toBeUndefined();
});

test('the trial does not recurse, prunes nothing and has no finalizer that would', async () => {
  const { scene } = await judge(all, none);
  const [trial] = scene.client.applied;
  expect(trial?.metadata).toEqual({ name: 'bookinfo-no-recurse', namespace: 'argocd' });
  expect(trial?.spec).toMatchObject({
    source: { directory: { recurse: false } },
    syncPolicy: { automated: { prune: false } },
  });
});

test('an object that the real Application does not manage is named, as a finding, too', async () => {
  const { claim, findings } = await judge((index) => index !== 0, none);
  expect(claim.outcome).toBe('failed');
  expect(claim.sentence).toMatch(/^bookinfo does not manage \w+ /);
  expect(findings).toMatchObject([{ code: 'GITOPS_MANIFEST_IGNORED', layer: 'git', severity: 'error' }]);
});

test('a trial that somebody takes away is nobody’s noticing', async () => {
  const scene = await createFakeScene();
  const all = declaredObjects(scene.source.files, scene.profile.source.application);
  const whole = application({ resources: all });
  scene.client.put(APPLICATION_COLLECTION, whole);
  scene.client.react = (write) => {
    if (!write.startsWith('apply Application')) return;
    const metadata = { ...whole.metadata, name: 'bookinfo-no-recurse' };
    scene.client.put(APPLICATION_COLLECTION, { ...whole, metadata, status: { sync: { status: 'Synced' } } });
  };
  const { waitFor } = scene.client;
  scene.client.waitFor = async (...args) => {
    const met = await waitFor(...args);
    scene.client.remove(APPLICATION_COLLECTION, 'bookinfo-no-recurse');
    return met;
  };
  await expect(judgeRecurse(scene.claim('recurse-pitfall'), scene)).rejects.toMatchObject({
    code: 'TRIAL_GONE',
    exitCode: 3,
  });
});

test.each([
  ['something is applied all the same', (index: number) => index === 0, 'Synced'],
  ['it never says Synced', none, 'OutOfSync'],
])('the trial shows nothing when %s; it is removed', async (_, managed, sync) => {
  const { claim, scene } = await judge(all, managed, sync);
  expect(claim.outcome).toBe('failed');
  expect(scene.client.writes.at(-1)).toMatch(/^delete .*\/bookinfo-no-recurse$/);
});

test('the run ends while the trial should become Synced: no verdict, and the trial is removed', async () => {
  const controller = new AbortController();
  const reason = new DOMException('time is up', 'TimeoutError');
  const scene = await createFakeScene({ signal: controller.signal });
  scene.client.react = (write) => {
    if (write.startsWith('apply Application')) setImmediate(() => controller.abort(reason));
  };
  const before = timersRunning();
  await expect(judgeRecurse(scene.claim('recurse-pitfall'), scene)).rejects.toBe(reason);
  expect(scene.client.writes.at(-1)).toMatch(/^delete .*\/bookinfo-no-recurse$/);
  expect(timersRunning()).toBeLessThanOrEqual(before);
});
