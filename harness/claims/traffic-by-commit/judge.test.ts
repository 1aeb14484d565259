import { expect, test } from 'vitest';
import type { LoadRunner } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import type { Scene } from '../../scene/scene.ts';
import {
  APPLICATION_COLLECTION,
  application,
  createFakeScene,
  type FakeScene,
  hopsOf,
  meshedPod,
  PODS,
  pacedLoad,
  reviewsRoute,
} from '../../testkit/fakes/fake-scene.ts';
import { drawnVersion, scriptedLoad } from '../../testkit/fakes/scripted-load.ts';
import { thorough } from '../../testkit/runner/thorough.ts';
import { judgeTrafficByCommit } from './judge.ts';

interface Play {
  /** v3's share from so many milliseconds after the push. */
  readonly moves?: { readonly to: number; readonly afterMs: number };
  readonly limitMs?: number;
  readonly requests?: number;
  readonly change?: Partial<Scene>;
  readonly onCommit?: (scene: FakeScene) => void;
  readonly bothPaths?: boolean;
  /** Of the loads, so many lose a tenth of their answers. */
  readonly lossyLoads?: number;
}

/** The second client path, answered at the pace that the first one gives the clock. */
function besideLoad(scene: FakeScene, judged: LoadRunner, shareNow: () => number): LoadRunner {
  return {
    async run(request, prefix, onSample, signal) {
      if (!request.phase.endsWith('-mesh')) return judged.run(request, prefix, onSample, signal);
      const taken: RequestSample[] = [];
      let lastMs = scene.clock.ms;
      while (!signal.aborted) {
        await new Promise((resolve) => setImmediate(resolve));
        if (scene.clock.ms < lastMs + 20) continue;
        lastMs = scene.clock.ms;
        const sequence = taken.length;
        const version = drawnVersion(shareNow(), 7)(sequence) === 'v2' ? 'v3' : 'v1';
        const times = { startMs: lastMs, endMs: lastMs + 4 };
        const sample = { sequence, ...times, status: 200, errorCode: 0, vu: 1, identity: hopsOf(version) };
        taken.push(sample);
        onSample(sample);
      }
      return scriptedLoad(taken).run(request, prefix, () => 'continue', new AbortController().signal);
    },
  };
}

function lossy(load: LoadRunner, loads: number): LoadRunner {
  let begun = 0;
  return {
    run(request, prefix, onSample, signal) {
      begun += 1;
      if (begun > loads) return load.run(request, prefix, onSample, signal);
      const lost = (sample: RequestSample) => ({ ...sample, status: 503, identity: '' });
      const losing = (sample: RequestSample) => onSample(sample.sequence % 10 === 3 ? lost(sample) : sample);
      return load.run(request, prefix, losing, signal);
    },
  };
}

async function judge({
  moves,
  limitMs = 20_000,
  requests = 60_000,
  change = {},
  onCommit,
  bothPaths = false,
  lossyLoads = 0,
}: Play) {
  const scene: FakeScene = await createFakeScene(change, { commitObservedMs: limitMs });
  scene.client.put(APPLICATION_COLLECTION, application());
  for (const name of ['a', 'b']) scene.client.put(PODS, meshedPod(name, { labels: { app: 'productpage' } }));
  scene.client.put(
    { ...PODS, resource: 'services' },
    { metadata: { name: 'reviews' }, spec: { clusterIP: '10.96.0.7' } },
  );
  const pushedAt = () => scene.source.history[1]?.commit.pushedAt;
  scene.recorder.virtualService(reviewsRoute({ 'reviews-v1': 90, 'reviews-v3': 10 }));
  const proxy = (name: string, weights: Record<string, number>) =>
    scene.recorder.layers.route({
      ...{ proxy: `bookinfo/${name}`, host: 'reviews.bookinfo.svc.cluster.local', version: '' },
      ...{ atMs: scene.clock.ms, sinceMs: undefined, weights },
    });
  for (const name of ['a', 'b']) proxy(name, { 'reviews-v1': 90, 'reviews-v3': 10 });
  let written = false;
  const shareNow = () => {
    const at = pushedAt();
    if (!moves || at === undefined || scene.clock.ms < at + moves.afterMs) return 0.1;
    const weights = { 'reviews-v1': 100 - moves.to * 100, 'reviews-v3': moves.to * 100 };
    if (!written) {
      scene.recorder.virtualService(reviewsRoute(weights));
      for (const name of ['a', 'b']) proxy(name, weights);
    }
    written = true;
    return moves.to;
  };
  const load = lossy(pacedLoad(scene.clock, shareNow, requests), lossyLoads);
  Object.assign(scene, { load: bothPaths ? besideLoad(scene, load, shareNow) : load });
  scene.client.react = (write) => {
    if (write.startsWith('commit Move traffic')) onCommit?.(scene);
  };
  const claim = scene.claim('traffic-by-commit');
  const one = { ...claim, split: { ...claim.split, paths: [claim.path] as const } };
  return { ...(await judgeTrafficByCommit(bothPaths ? claim : one, scene)), scene };
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

thorough('commit, API object, proxies and both client paths are one story', async () => {
  const { claim, ledgers, books, series, findings } = await judge({ moves, bothPaths: true });
  expect(findings).toEqual([]);
  expect(claim.outcome).toBe('passed');
  const [change, ...others] = ledgers?.[0]?.changes ?? [];
  expect(others).toEqual([]);
  expect(change).toMatchObject({ fromShare: 0.1, toShare: 0.25, skewMs: 0 });
  expect((change?.declaredAtMs ?? 0) - (change?.gitAtMs ?? 0)).toBeGreaterThanOrEqual(1500);
  expect(change?.proxies.map(({ proxy, lagMs }) => [proxy, lagMs])).toEqual([
    ['bookinfo/a', 0],
    ['bookinfo/b', 0],
  ]);
  expect(change?.observed.map(({ path }) => path).sort()).toEqual(['ingress', 'mesh']);
  for (const { lowMs, highMs } of change?.observed ?? []) {
    expect(lowMs).toBeLessThanOrEqual(change?.declaredAtMs ?? 0);
    expect(highMs).toBeGreaterThanOrEqual(change?.declaredAtMs ?? 0);
  }
  const judgedPath = ledgers?.[0]?.segments.filter(({ path }) => path === 'ingress');
  expect(judgedPath?.map(({ declaredShare }) => declaredShare)).toEqual([0.1, 0.25]);
  expect(claim.sentence).toMatch(
    /The API object was written 1\.5 s after the push; 2 of 2 proxies took it within 0 ms/,
  );
  expect([books?.length, series?.length]).toEqual([2, 2]);
});

test('the share does not move in time: failed, without a verdict on the new split', async () => {
  const { claim, splits } = await judge({ limitMs: 3_000 });
  expect(claim.outcome).toBe('failed');
  expect(claim.sentence).toContain('did not move towards 25 % within 3.0 s of the commit');
  expect(splits).toEqual([]);
});

thorough('a pod that was replaced or restarted fails the claim, by name', async () => {
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

test('an interruption after the share moved, before the new one is certain, decides nothing', async () => {
  const interruption = new AbortController();
  const { claim, books } = await judge({
    moves,
    change: { signal: interruption.signal },
    onCommit: (scene) => {
      const pushedAt = scene.clock.ms;
      const look = () => {
        if (scene.clock.ms > pushedAt + 1_700) interruption.abort();
        else setImmediate(look);
      };
      look();
    },
  });
  expect(claim.outcome).toBe('inconclusive');
  expect(books?.[0]?.sent).toBeGreaterThan(0);
});

thorough('answers lost all the time: the shares are judged by a second load at half the rate', async () => {
  const { claim, splits, books } = await judge({ moves, lossyLoads: 1 });
  expect(claim.outcome, claim.sentence).toBe('passed');
  expect(splits?.map(({ title }) => title)).toEqual(['traffic after the commit of v1 75, v3 25, at 500/s']);
  expect(books?.map(({ id, outcome }) => [id, outcome])).toEqual([
    ['bookinfo-traffic-by-commit-ingress', 'invalid'],
    ['bookinfo-traffic-by-commit-ingress-gentler', 'passed'],
  ]);
});

thorough('answers lost in both loads leave it inconclusive', async () => {
  const { claim } = await judge({ moves, lossyLoads: 2 });
  expect(claim.outcome, claim.sentence).toBe('inconclusive');
});
