import { afterEach, describe, expect, it } from 'vitest';
import {
  createFakeRolloutScene,
  type FakeRolloutScene,
  type RolloutFaults,
} from '../../testkit/rollouts/fake-rollout-scene.ts';
import { expectInterrupted } from '../../testkit/rollouts/interrupted.ts';
import { withoutSteps } from '../../testkit/rollouts/without-steps.ts';
import { thorough } from '../../testkit/runner/thorough.ts';
import { judgeUndo } from './judge.ts';

let scene: FakeRolloutScene;
afterEach(() => scene[Symbol.dispose]());

async function prepared(faults: RolloutFaults = {}) {
  scene = await createFakeRolloutScene('zero-downtime', faults);
  return scene.claim('undo');
}

describe('judgeUndo', () => {
  it('passes when only the older version answers afterwards', async () => {
    const { claim, splits } = await judgeUndo(await prepared(), scene);
    expect(claim.outcome).toBe('passed');
    expect(splits?.map(({ outcome, arms }) => [outcome, arms[1]?.count])).toEqual([['passed', 0]]);
    expect(claim.details.map(({ label }) => label)).toEqual(['promote and undo', 'layers']);
  });

  it('is judged on a copy with a template of its own, where the Rollout runs the pods of a Deployment', async () => {
    const claim = await prepared();
    const { namespace, name } = claim.rollout;
    const { template } = scene.client.read('rollouts', namespace, name)!.spec as { template: object };
    // what the cluster lists: the fake controller does not know how to read another object's pods
    const list: FakeRolloutScene['client']['list'] = async (collection, ...rest) => {
      const found = await scene.client.list(collection, ...rest);
      if (collection.namespace !== namespace) return found;
      if (collection.resource === 'deployments') return [{ metadata: { name: 'pods', namespace }, spec: { template } }];
      if (collection.resource !== 'rollouts') return found;
      return found.map(({ spec: { template: _, ...spec } = {}, ...object }) => ({
        ...object,
        spec: { ...spec, workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'pods' } },
      }));
    };
    const client = new Proxy(scene.client, { get: (of, key) => (key === 'list' ? list : Reflect.get(of, key)) });
    expect((await judgeUndo(claim, { ...scene, client })).claim.outcome).toBe('passed');
  });

  it('undoes a release that went to everybody at once, where the Rollout has no steps', async () => {
    const claim = await prepared();
    const client = withoutSteps(scene.client, claim.rollout.namespace);
    expect((await judgeUndo(claim, { ...scene, client })).claim.outcome).toBe('passed');
  });

  it('fails when the newer version still answers a few', async () => {
    let undoneMs = Number.POSITIVE_INFINITY;
    const answers: RolloutFaults['answers'] = (answer, { startMs, sequence }) => {
      const writes = scene.client.writes.filter((write) => write.includes('patch') && write.includes('/rollouts/'));
      // released, and put back
      if (writes.length >= 2) undoneMs = Math.min(undoneMs, startMs);
      return startMs > undoneMs + 5_000 && sequence % 100 === 0 ? { ...answer, version: 'v2' } : answer;
    };
    const { claim, splits } = await judgeUndo(await prepared({ answers }), scene);
    expect(claim.outcome).toBe('failed');
    expect(splits?.map(({ outcome, reason }) => [outcome, reason])).toEqual([['failed', 'forbidden-arm']]);
  });

  thorough('fails when a request is lost on the way back', async () => {
    const { claim, splits } = await judgeUndo(
      await prepared({
        answers: (answer, { sequence }) => (sequence === 1_000 ? { status: 503, version: null } : answer),
      }),
      scene,
    );
    expect(claim.outcome).toBe('failed');
    expect(splits?.map(({ outcome }) => outcome)).toEqual(['passed']);
  });

  it('is invalid, and so is its split, when the load ended by itself', async () => {
    const { claim, splits } = await judgeUndo(await prepared({ endsAfterMs: 12_000 }), scene);
    expect([claim.outcome, splits?.map(({ outcome }) => outcome)]).toEqual(['invalid', ['invalid']]);
  });

  it('ends at once with a run that ends while the older version is on its way back', async () => {
    const claim = await prepared();
    await expectInterrupted(scene, () => judgeUndo(claim, scene), 21_000);
  });
});
