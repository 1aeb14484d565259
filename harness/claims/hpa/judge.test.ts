import { describe, expect, test } from 'vitest';
import type { LoadResult } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import { pause } from '../../process/pause.ts';
import { ROLLOUTS } from '../../rollouts/rollout-object.ts';
import type { Scene } from '../../scene/scene.ts';
import { createFakeScene, hopsOf } from '../../testkit/fakes/fake-scene.ts';
import { lastingLoad, timersRunning } from '../../testkit/fakes/lasting-load.ts';
import { steadySamples } from '../../testkit/fakes/scripted-load.ts';
import type { HpaClaim } from './declaration.ts';
import { judgeAutoscaler } from './judge.ts';

const PEAK = 600;
const CLAIM: HpaClaim = {
  id: 'shop/hpa',
  title: 'load brings pods, its end takes them away',
  kind: 'hpa',
  autoscaler: { namespace: 'shop', name: 'app' },
  rollout: { namespace: 'shop', name: 'app' },
  service: 'reviews',
  path: { kind: 'ingress', path: '/', ratePerSecond: PEAK } as HpaClaim['path'],
  scalesOutWithinMs: 60_000,
  scalesInWithinMs: 90_000,
};
const AUTOSCALERS = { apiVersion: 'autoscaling/v2', resource: 'horizontalpodautoscalers', namespace: 'shop' };
const REQUESTS = 1_000;

interface Play {
  /** Pods that the autoscaler brings under the load of the claim, and those that are left when it has gone. */
  readonly grown?: number;
  readonly shrunk?: number;
  /** Pods that run before the last of them are available. */
  readonly passing?: number;
  /** Pods before the load of the claim, of an earlier one, and whether those beyond the minimum go. */
  readonly before?: { readonly pods: number; readonly go: boolean };
  /** How requests of the two loads end. */
  readonly answer?: (sample: RequestSample, load: 'peak' | 'ebb') => RequestSample;
  readonly distort?: (result: LoadResult) => LoadResult;
  readonly onLoad?: (load: 'peak' | 'ebb') => void;
  readonly change?: Partial<Scene>;
}

/** An autoscaler between 2 and 4 pods that looks at the rate of the load that runs. */
async function prepared({ grown = 4, shrunk = 2, passing, before, answer, distort, onLoad, change = {} }: Play = {}) {
  const load = lastingLoad((request) => {
    const which = request.ratePerSecond === PEAK ? 'peak' : 'ebb';
    onLoad?.(which);
    const pods = which === 'peak' ? grown : shrunk;
    setImmediate(() => {
      if (which === 'peak' && passing !== undefined) scale(passing, 2);
      scale(pods, pods);
    });
    return steadySamples(REQUESTS, () => hopsOf('v1'), answer && ((sample) => answer(sample, which)));
  }, distort);
  const scene = await createFakeScene({ load, ...change });
  const scale = (replicas: number, availableReplicas: number) =>
    scene.client.put(
      { ...ROLLOUTS, namespace: 'shop' },
      { metadata: { name: 'app', namespace: 'shop' }, status: { replicas, availableReplicas } },
    );
  scale(before?.pods ?? 2, before?.pods ?? 2);
  if (before?.go) setImmediate(() => scale(2, 2));
  scene.client.put(AUTOSCALERS, { metadata: { name: 'app' }, spec: { minReplicas: 2, maxReplicas: 4 } });
  return { scene, load, judge: () => judgeAutoscaler(CLAIM, scene) };
}
const judge = async (play: Play = {}) => (await prepared(play)).judge();

test('pods come with the load and go with it, and nothing is lost: passed', async () => {
  const { load, judge: judging } = await prepared();
  const { claim, books } = await judging();
  expect(claim.outcome).toBe('passed');
  expect(claim.sentence).toMatch(
    /^600 requests\/s brought 4 pods after .*, and 2 were left .*; none of 2000 requests was lost\.$/,
  );
  expect(claim.details).toEqual([
    { label: 'bounds', value: '2 to 4 pods' },
    { label: 'most pods', value: '4' },
    { label: 'lost requests', value: '0' },
  ]);
  expect(books?.map(({ outcome }) => outcome)).toEqual(['passed', 'passed']);
  // the load after the peak is low, but never nothing
  expect(load.requests.map(({ ratePerSecond }) => ratePerSecond)).toEqual([PEAK, 10]);
  expect(load.running).toBe(0);
});

describe('pods that an earlier load has left', () => {
  test('are waited out, so that only those count which this one brings', async () => {
    expect((await judge({ before: { pods: 3, go: true } })).claim.outcome).toBe('passed');
    const { claim } = await judge({ before: { pods: 3, go: true }, grown: 2 });
    expect(claim).toMatchObject({ outcome: 'failed', sentence: 'no pod was added within 60.0 s.' });
  });

  test.each([true, false])(
    'and are on their way out: the load begins when they are gone (%s), or never',
    async (go) => {
      const { scene, load } = await prepared();
      const pods = { apiVersion: 'v1', resource: 'pods', namespace: 'shop' };
      const metadata = { name: 'app-1', namespace: 'shop' };
      scene.client.put(pods, { metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });
      const seen: number[] = [];
      const client = {
        ...scene.client,
        list: async (...asked: Parameters<typeof scene.client.list>) => {
          const found = await scene.client.list(...asked);
          seen.push(load.requests.length);
          return go && seen.length > 2 ? [] : found;
        },
      };
      let waitedMs = 0;
      const waiting = judgeAutoscaler(CLAIM, {
        ...scene,
        client: client as typeof scene.client,
        now: () => scene.now() + waitedMs,
        pause: async (ms) => {
          waitedMs += ms;
        },
      });
      if (go) expect((await waiting).claim.outcome).toBe('passed');
      else {
        await expect(waiting).rejects.toMatchObject({ code: 'PODS_STAY', exitCode: 3 });
        expect(load.requests).toEqual([]);
      }
      expect(seen.slice(0, 3)).toEqual([0, 0, 0]);
    },
  );

  test('and stay without any load: a promise that is not kept, and no load is sent', async () => {
    const { load, judge: judging } = await prepared({ before: { pods: 3, go: false } });
    await expect(judging()).rejects.toMatchObject({
      code: 'PROMISE_NOT_KEPT',
      message: expect.stringMatching(/shop\/app to be at its minimum of 2 pods before the peak: not within 90\.0 s/),
    });
    expect(load.requests).toEqual([]);
  });
});

describe('failed, and says which promise', () => {
  test('no pod is added', async () => {
    const { claim } = await judge({ grown: 2 });
    expect(claim).toMatchObject({ outcome: 'failed', sentence: 'no pod was added within 60.0 s.' });
  });

  test('pods stay when the load has gone', async () => {
    const { claim } = await judge({ shrunk: 3 });
    expect(claim).toMatchObject({ outcome: 'failed', sentence: 'not back at 2 pods within 90.0 s.' });
  });

  test('more pods than the maximum, even for a moment', async () => {
    const { claim } = await judge({ grown: 5 });
    expect(claim).toMatchObject({ outcome: 'failed', sentence: '5 pods are more than the maximum of 4.' });
  });

  test.each(['peak', 'ebb'] as const)('one request lost during the %s', async (during) => {
    const { claim } = await judge({
      answer: (sample, load) =>
        load === during && sample.sequence === 500 ? { ...sample, status: 503, identity: '' } : sample,
    });
    expect(claim).toMatchObject({ outcome: 'failed', sentence: '1 requests were lost.' });
  });
});

test('a load that could not be sent as asked: invalid', async () => {
  const { claim } = await judge({ distort: (result) => ({ ...result, droppedIterations: 3 }) });
  expect(claim.outcome).toBe('invalid');
});

test('without an autoscaler there is nothing to judge', async () => {
  const { scene, judge: judging } = await prepared();
  scene.client.remove(AUTOSCALERS, 'app');
  await expect(judging()).rejects.toMatchObject({ code: 'AUTOSCALER_MISSING', exitCode: 3 });
});

describe('the run ends', () => {
  const reason = new DOMException('interrupted', 'AbortError');
  test.each(['peak', 'ebb'] as const)('during the %s: no verdict, the load stops, no timer is left', async (during) => {
    const controller = new AbortController();
    const { signal } = controller;
    const {
      scene,
      load,
      judge: judging,
    } = await prepared({
      change: { signal, pause: (ms) => pause(ms, signal) },
    });
    const { waitFor } = scene.client;
    scene.client.waitFor = async (...args) => {
      if (load.requests.length === (during === 'peak' ? 1 : 2)) controller.abort(reason);
      return waitFor(...args);
    };
    const before = timersRunning();
    await expect(judging()).rejects.toBe(reason);
    expect(load.running).toBe(0);
    expect(timersRunning()).toBeLessThanOrEqual(before);
  });
});
