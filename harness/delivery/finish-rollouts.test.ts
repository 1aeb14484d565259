import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../k8s/client/object.ts';
import { isUnfinished, ROLLOUTS } from '../rollouts/rollout-object.ts';
import {
  APPLICATION_COLLECTION,
  application,
  createFakeScene,
  type FakeScene,
  PODS,
} from '../testkit/fakes/fake-scene.ts';
import { deployProfile } from './deploy-profile.ts';

const REVISION = 'a'.repeat(40);
const COLLECTION = { ...ROLLOUTS, namespace: 'bookinfo' };
const PROMOTED = 'patch /apis/argoproj.io/v1alpha1/namespaces/bookinfo/rollouts/shop';

const rollout = (status: object, generation = 2): KubeObject => ({
  metadata: { name: 'shop', namespace: 'bookinfo', generation },
  status: { observedGeneration: '2', stableRS: 'old', currentPodHash: 'new', ...status },
});
const PAUSED = { phase: 'Paused', pauseConditions: [{ reason: 'InconclusiveAnalysisRun' }], controllerPause: true };
const ABORTED = { phase: 'Degraded', abort: true, message: 'RolloutAborted' };
const SETTLED = rollout({ phase: 'Healthy', stableRS: 'new' });

const synced = (health: string, revision = REVISION): KubeObject => ({
  ...application({ revision }),
  status: { sync: { status: 'Synced', revision }, health: { status: health } },
});

/** A kept cluster whose controllers finish the Rollout when they are told to. */
async function kept(left: KubeObject, app = synced('Suspended')): Promise<FakeScene> {
  const fresh = await createFakeScene();
  const scene = await createFakeScene({
    profile: { ...fresh.profile, addons: [...fresh.profile.addons, 'argo-rollouts'] },
  });
  scene.client.put(APPLICATION_COLLECTION, app);
  scene.client.put(COLLECTION, left);
  scene.client.react = (write) => {
    if (write !== PROMOTED) return;
    scene.client.put(COLLECTION, SETTLED);
    scene.client.put(APPLICATION_COLLECTION, synced('Healthy'));
  };
  return scene;
}
const orders = (scene: FakeScene) => scene.client.writes.filter((write) => write === PROMOTED);

describe('deploying to a cluster that was kept', () => {
  it.each([
    ['paused', PAUSED],
    ['aborted', ABORTED],
  ])('promotes a Rollout in full that an earlier run left %s', async (_, status) => {
    const scene = await kept(rollout(status));
    await deployProfile(scene, REVISION);
    expect(orders(scene)).toHaveLength(1);
    expect(scene.told.join('\n')).toContain('Rollout bookinfo/shop was');
  });

  it('waits until the controller has seen what Git declares now', async () => {
    // the commit is there, and the controller still speaks of the version before
    const scene = await kept(rollout(PAUSED, 3));
    await expect(deployProfile(scene, REVISION)).rejects.toMatchObject({ code: 'DEPLOY_NOT_SYNCED' });
    expect(orders(scene)).toEqual([]);
  });

  it('leaves a Rollout alone that is of an older commit', async () => {
    const scene = await kept(rollout(PAUSED), synced('Suspended', 'b'.repeat(40)));
    await expect(deployProfile(scene, REVISION)).rejects.toMatchObject({ code: 'DEPLOY_NOT_SYNCED' });
    expect(orders(scene)).toEqual([]);
  });

  it('names the pods that an Application in progress waits for', async () => {
    const scene = await kept(SETTLED, synced('Progressing'));
    const status = {
      containerStatuses: [{ name: 'shop', ready: false, state: { waiting: { reason: 'CrashLoopBackOff' } } }],
    };
    scene.client.put(
      { ...PODS, namespace: 'bookinfo' },
      { metadata: { name: 'shop-1', namespace: 'bookinfo' }, spec: { containers: [{ name: 'shop' }] }, status },
    );
    const error = await deployProfile(scene, REVISION).catch((reason: Error) => reason);
    expect(error).toMatchObject({ code: 'DEPLOY_NOT_SYNCED' });
    expect(String(error)).toMatch(/ is Synced and Progressing: not ready: .*shop-1 \(shop CrashLoopBackOff\)/);
  });

  it('gives no order where nothing was left', async () => {
    const scene = await kept(SETTLED, synced('Healthy'));
    await deployProfile(scene, REVISION);
    expect(orders(scene)).toEqual([]);
  });

  it('says what is wrong when the order is refused', async () => {
    const scene = await kept(rollout(PAUSED));
    scene.client.react = (write) => {
      if (write === PROMOTED) throw new TypeError('refused');
    };
    await expect(deployProfile(scene, REVISION)).rejects.toThrow('refused');
  });
});

describe('isUnfinished', () => {
  it('is neither the first version nor one that is stable', () => {
    expect(isUnfinished(rollout(PAUSED))).toBe(true);
    expect(isUnfinished(SETTLED)).toBe(false);
    expect(isUnfinished(rollout({ stableRS: '', phase: 'Progressing' }))).toBe(false);
    expect(isUnfinished(undefined)).toBe(false);
  });
});
