import { expect, test } from 'vitest';
import { createFakeScene, type FakeScene, reviewsRoute } from '../testkit/fakes/fake-scene.ts';
import { claimLedger, createPathStreams } from './claim-ledger.ts';

const HOST = 'reviews.bookinfo.svc.cluster.local';
const PAGE = 'bookinfo/page';
const WEIGHTS = { 'reviews-v1': 90, 'reviews-v3': 10 };

/** Every layer says 90/10, and of 2,000 in-mesh requests none was answered by v3. */
async function wronglyAnswered(readings: readonly Readonly<Record<string, number>>[]) {
  const scene: FakeScene = await createFakeScene();
  const { layers } = scene.recorder;
  const fromMs = scene.now();
  scene.recorder.virtualService(reviewsRoute(WEIGHTS));
  for (const proxy of [PAGE, 'bookinfo/details'])
    layers.route({ proxy, host: HOST, atMs: fromMs - 1_000, sinceMs: undefined, version: '7', weights: WEIGHTS });
  for (const [index, counts] of readings.entries())
    layers.counters({ proxy: PAGE, host: HOST, atMs: fromMs - 1_000 + 1_000 * index, counts, retried: {} });
  const streams = createPathStreams('v3');
  const record = streams.recorder('mesh');
  for (let i = 0; i < 2_000; i += 1) record({ startMs: fromMs + i }, 'v1');
  record({ startMs: fromMs + 2_000 }, null);
  scene.clock.ms += 3_000;
  const name = { id: 'bookinfo/split-90-10 under fault x', title: 'the split' };
  const claim = scene.claim('traffic-split');
  return claimLedger(scene, claim, name, { name: 'v3', subset: 'reviews-v3' }, streams, fromMs);
}

test('the ledger belongs to its claim; an answer that nobody signed says nothing about the split', async () => {
  const { ledger } = await wronglyAnswered([]);
  expect(ledger).toMatchObject({ claimId: 'bookinfo/split-90-10 under fault x', title: 'the split', arm: 'v3' });
  expect(ledger.segments).toMatchObject([{ path: 'mesh', n: 2_000, share: 0 }]);
});

test.each([
  ['that counts on', [{ 'reviews-v1': 900 }, { 'reviews-v1': 900 }, { 'reviews-v1': 1_500 }]],
  [
    'of which a cluster was made anew and counts from 0',
    [{ 'reviews-v1': 900, 'reviews-v3': 400 }, { 'reviews-v1': 900 }, { 'reviews-v1': 1_100, 'reviews-v3': 30 }],
  ],
  [
    'of which a cluster was made anew between two readings',
    [
      { 'reviews-v1': 900, 'reviews-v3': 400 },
      { 'reviews-v1': 900, 'reviews-v3': 400 },
      { 'reviews-v1': 1_100, 'reviews-v3': 30 },
    ],
  ],
])('the proxy that sent the requests is named: one %s', async (_, readings) => {
  const { findings } = await wronglyAnswered(readings as never);
  expect(findings).toMatchObject([{ code: 'OBSERVED_SHARE_DIFFERS', proxy: PAGE }]);
  expect(findings[0]?.sentence).toMatch(
    /^Git, the API object and the proxies that send it \(page\) agree on 10 % for v3/,
  );
});

test('nobody is named for a probe, nor for what was counted before', async () => {
  const { findings } = await wronglyAnswered([{ 'reviews-v1': 10 }, { 'reviews-v1': 900 }, { 'reviews-v1': 920 }]);
  expect(findings).toMatchObject([{ code: 'OBSERVED_SHARE_DIFFERS' }]);
  expect(findings[0]?.proxy).toBeUndefined();
  expect(findings[0]?.sentence).toMatch(/^Git, the API object and every proxy that splits agree on 10 % for v3/);
});
