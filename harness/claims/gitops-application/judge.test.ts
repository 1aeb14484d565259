import { expect, test } from 'vitest';
import {
  APPLICATION_COLLECTION,
  application,
  createFakeScene,
  DEPLOYMENTS,
  type FakeScene,
  ROUTES,
  RULES,
  reviewsRoute,
} from '../../testkit/fakes/fake-scene.ts';
import { timersRunning } from '../../testkit/fakes/lasting-load.ts';
import { judgeApplication } from './judge.ts';

const DECLARED = { 'reviews-v1': 90, 'reviews-v3': 10 };
const details = { kind: 'Deployment', metadata: { name: 'details-v1', namespace: 'bookinfo' } };
const rule = { kind: 'DestinationRule', metadata: { name: 'ratings', namespace: 'bookinfo' } };

/** Argo CD: puts back what was deleted or changed, and follows the commits. */
function argo(scene: FakeScene, asleep: readonly string[] = []): void {
  const { client } = scene;
  client.put(DEPLOYMENTS, details);
  client.put(RULES, rule);
  client.put(ROUTES, reviewsRoute(DECLARED));
  client.react = (write) => {
    scene.clock.ms += 1500;
    // reconciling takes a moment, in which the harness already looks
    setImmediate(() => {
      if (asleep.some((part) => write.includes(part))) return;
      if (write.startsWith('delete') && write.endsWith('details-v1')) client.put(DEPLOYMENTS, details);
      if (write.startsWith('patch')) client.put(ROUTES, reviewsRoute(DECLARED));
      if (write.startsWith('commit Remove')) client.remove(RULES, 'ratings');
      if (write.startsWith('commit Revert')) client.put(RULES, rule);
    });
  };
}

test('synced, returned, healed, pruned, reverted: passed', async () => {
  const scene = await createFakeScene();
  scene.client.put(APPLICATION_COLLECTION, application());
  argo(scene);
  const { claim, findings } = await judgeApplication(scene.claim('gitops-application'), scene);
  expect(claim.details.map(({ label }) => label)).toEqual([
    'Application',
    'automated sync',
    'deleted Deployment details-v1 returns',
    'hand-written weights of reviews are healed',
    'DestinationRule ratings removed from Git goes',
    'DestinationRule ratings returns with the revert',
  ]);
  expect(claim.outcome).toBe('passed');
  expect(findings).toEqual([]);
  expect(scene.source.files).toEqual(scene.source.history[0]?.files);
});

test('automated sync off: failed at once, and nothing is touched', async () => {
  const scene = await createFakeScene();
  scene.client.put(APPLICATION_COLLECTION, application({ automated: null }));
  const { claim, findings } = await judgeApplication(scene.claim('gitops-application'), scene);
  expect(claim.outcome).toBe('failed');
  expect(claim.sentence).toContain('automated sync: is switched off');
  expect(scene.client.writes).toEqual([]);
  expect(findings).toMatchObject([{ code: 'GITOPS_NOT_RECONCILED', where: 'Application argocd/bookinfo' }]);
});

test('Synced at another revision is not synced', async () => {
  const scene = await createFakeScene();
  scene.client.put(APPLICATION_COLLECTION, application({ revision: 'f'.repeat(40) }));
  const { claim } = await judgeApplication(scene.claim('gitops-application'), scene);
  expect(claim).toMatchObject({ outcome: 'failed', sentence: 'Application: Synced and Healthy at ffffffffffff.' });
});

test.each([
  ['an object that does not return', 'details-v1', /deleted Deployment details-v1 returns: not within 60\.0 s/],
  ['weights that are not healed', 'patch', /hand-written weights of reviews are healed: not within/],
  ['no pruning', 'commit Remove', /DestinationRule ratings removed from Git goes: not within/],
  ['no return with the revert', 'commit Revert', /ratings returns with the revert: not within/],
])('%s: failed, naming that part only', async (_, asleep, sentence) => {
  const scene = await createFakeScene();
  scene.client.put(APPLICATION_COLLECTION, application());
  argo(scene, [asleep]);
  const { claim, findings } = await judgeApplication(scene.claim('gitops-application'), scene);
  expect(claim.outcome).toBe('failed');
  expect(claim.sentence).toMatch(sentence);
  expect(findings).toHaveLength(1);
});

test('an object that was never there cannot return', async () => {
  const scene = await createFakeScene();
  scene.client.put(APPLICATION_COLLECTION, application());
  argo(scene);
  scene.client.remove(DEPLOYMENTS, 'details-v1');
  const { claim } = await judgeApplication(scene.claim('gitops-application'), scene);
  expect(claim.sentence).toContain('it was not there to be deleted');
});

test.each(['details-v1', 'patch', 'commit Remove', 'commit Revert'])(
  'the run ends while Argo CD should answer to %s: no verdict on what there was, no timer is left',
  async (write) => {
    const controller = new AbortController();
    const reason = new DOMException('time is up', 'TimeoutError');
    const scene = await createFakeScene({ signal: controller.signal });
    scene.client.put(APPLICATION_COLLECTION, application());
    argo(scene, [write]);
    const { react } = scene.client;
    scene.client.react = (written) => {
      react(written);
      if (written.includes(write)) setImmediate(() => controller.abort(reason));
    };
    const before = timersRunning();
    await expect(judgeApplication(scene.claim('gitops-application'), scene)).rejects.toBe(reason);
    expect(timersRunning()).toBeLessThanOrEqual(before);
  },
);

test('an object that was never gone has not returned', async () => {
  const scene = await createFakeScene();
  scene.client.put(APPLICATION_COLLECTION, application());
  argo(scene);
  // a finalizer that nobody takes away
  scene.client.delete = async () => undefined;
  const { claim } = await judgeApplication(scene.claim('gitops-application'), scene);
  expect(claim.outcome).toBe('failed');
  expect(claim.sentence).toMatch(/deleted Deployment details-v1 returns: not within/);
});
