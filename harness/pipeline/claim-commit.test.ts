import { expect, test } from 'vitest';
import {
  APPLICATION_COLLECTION,
  application,
  createFakeScene,
  type FakeScene,
  meshedPod,
  PODS,
  pacedLoad,
} from '../testkit/fake-scene.ts';
import { judgeTrafficByCommit } from './claim-commit.ts';
import type { Scene } from './scene.ts';

interface Play {
  /** v3's share from so many milliseconds after the push. */
  readonly moves?: { readonly to: number; readonly afterMs: number };
  readonly limitMs?: number;
  readonly requests?: number;
  readonly change?: Partial<Scene>;
  readonly onCommit?: (scene: FakeScene) => void;
}

async function judge({ moves, limitMs = 20_000, requests = 60_000, change = {}, onCommit }: Play) {
  const scene: FakeScene = await createFakeScene(change, { commitObservedMs: limitMs });
  scene.client.put(APPLICATION_COLLECTION, application());
  for (const name of ['a', 'b']) scene.client.put(PODS, meshedPod(name));
  const pushedAt = () => scene.source.history[1]?.commit.pushedAt;
  const shareNow = () => {
    const at = pushedAt();
    return moves && at !== undefined && scene.clock.ms >= at + moves.afterMs ? moves.to : 0.1;
  };
  Object.assign(scene, { load: pacedLoad(scene.clock, shareNow, requests) });
  scene.client.react = (write) => {
    if (write.startsWith('commit Move traffic')) onCommit?.(scene);
  };
  return { ...(await judgeTrafficByCommit(scene.claim('traffic-by-commit'), scene)), scene };
}
const moves = { to: 0.25, afterMs: 1500 };

test('the share moves: the moment is located and the new share judged', async () => {
  const { claim, splits, series, scene } = await judge({ moves });
  expect(claim.outcome).toBe('passed');
  expect(claim.sentence).toMatch(
    /^1\.\d s after the push clients got the new share \(99 % set .*\); .*All 2 pods are the same, none restarted\.$/,
  );
  const took = Number(/^(\d\.\d)/.exec(claim.sentence)?.[1]);
  expect(took).toBeGreaterThan(1.2);
  expect(took).toBeLessThan(1.9);
  expect(splits?.[0]?.arms.find(({ name }) => name === 'v3')).toMatchObject({ declaredShare: 0.25 });
  expect(series).toHaveLength(1);
  expect(scene.source.history.map(({ commit }) => commit.message)).toEqual(['first', 'Move traffic: v1 75, v3 25']);
  expect(scene.recorder.events.at(-1)).toMatchObject({ lane: 'observed', label: 'clients get v1 75, v3 25' });
});

test('the share does not move in time: failed, without a verdict on the new split', async () => {
  const { claim, splits } = await judge({ limitMs: 3_000 });
  expect(claim.outcome).toBe('failed');
  expect(claim.sentence).toContain('did not move towards 25 % within 3.0 s of the commit');
  expect(splits).toEqual([]);
});

test('a pod that was replaced or restarted fails the claim, by name', async () => {
  const { claim } = await judge({
    moves,
    onCommit(scene) {
      scene.client.put(PODS, { ...meshedPod('a'), metadata: { name: 'a', uid: 'another' } });
      const pod = meshedPod('b');
      const containerStatuses = [{ name: 'app', ready: true, restartCount: 1 }];
      scene.client.put(PODS, {
        ...pod,
        metadata: { ...pod.metadata, uid: 'uid-3' },
        status: { ...pod.status, containerStatuses },
      });
    },
  });
  expect(claim.outcome).toBe('failed');
  expect(claim.sentence).toContain('Pods were replaced or restarted: a, b.');
});

test('automated sync off: failed at once, without load or commit', async () => {
  const scene = await createFakeScene();
  scene.client.put(APPLICATION_COLLECTION, application({ automated: null }));
  const { claim } = await judgeTrafficByCommit(scene.claim('traffic-by-commit'), scene);
  expect(claim).toMatchObject({ outcome: 'failed', sentence: expect.stringContaining('switched off') });
  expect(scene.source.history).toHaveLength(1);
});

test('an interruption before the share moved decides nothing', async () => {
  const interruption = new AbortController();
  const { claim } = await judge({
    change: { signal: interruption.signal },
    onCommit: () => interruption.abort(),
  });
  expect(claim.outcome).toBe('inconclusive');
});

test('load that ends before the commit decides nothing', async () => {
  const { claim, scene } = await judge({ requests: 1_500 });
  expect(scene.source.history).toHaveLength(1);
  expect(claim.outcome).toBe('inconclusive');
  expect(claim.sentence).toContain('before the commit');
});

test('a commit that cannot be pushed ends the load with that error', async () => {
  const refused = new TypeError('push refused');
  const run = judge({
    moves,
    onCommit: () => {
      throw refused;
    },
  });
  await expect(run).rejects.toBe(refused);
});
