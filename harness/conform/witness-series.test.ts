import { expect, test } from 'vitest';
import type { TrafficPhase } from '../scene/scene.ts';
import { startFakePrometheus } from '../testkit/fakes/fake-prometheus.ts';
import { createFakeScene, fakeCluster } from '../testkit/fakes/fake-scene.ts';
import { witnessOfPhases } from './witness-series.ts';

test('growth between scrapes becomes shares; the last few requests scraped alone are not drawn', async () => {
  // counters at 1000, 1004 and 1008 s: 100 requests, then one more that happens to be the canary's
  const values = (...counts: number[]) => counts.map((count, i) => [1000 + 4 * i, String(count)]);
  await using prometheus = await startFakePrometheus(() => ({
    status: 'success',
    data: {
      resultType: 'matrix',
      result: [
        { metric: { destination_version: 'v1' }, values: values(0, 90, 90) },
        { metric: { destination_version: 'v3' }, values: values(0, 10, 11) },
      ],
    },
  }));
  const scene = await createFakeScene({ cluster: fakeCluster({ prometheusUrl: prometheus.url }) });
  scene.phases.push({ result: { followedArm: 'v3' } } as unknown as TrafficPhase);
  const [series, ...others] = await witnessOfPhases(scene, scene.claim('traffic-split'), 0);
  expect(others).toEqual([]);
  expect(series).toMatchObject({ path: 'prometheus', arm: 'v3' });
  expect(series?.bins).toMatchObject([{ startMs: 1_000_000, endMs: 1_004_000, n: 100, share: 0.1 }]);
});
