import { describe, expect, test } from 'vitest';
import type { BooksReport } from '../../../reports/model/run-report.ts';
import { createFakeScene } from '../../testkit/fakes/fake-scene.ts';
import { proxyCounts, retriedByVersion, settledProxyCounts, witnessFindings } from './envoy-witness.ts';

const HOST = 'reviews.bookinfo.svc.cluster.local';
const SERVICE = { name: 'reviews', namespace: 'bookinfo' };
const PAGE = 'bookinfo/page';
const versionOf = (subset: string) => subset.replace('reviews-', '');

function books(v1: number, v3: number, change: Partial<BooksReport> = {}): BooksReport {
  const generator = { cpuShare: 0, vusMax: 1, vusAllocated: 1, offeredPerSecond: 1, achievedPerSecond: 1 };
  return {
    ...{ id: 'p', title: 'p', sent: v1 + v3, errors: 0, unattributed: 0, interrupted: 0, droppedIterations: 0 },
    answeredByArm: [
      { arm: 'v1', count: v1 },
      { arm: 'v3', count: v3 },
    ],
    ...{ witnesses: [], generator, outcome: 'passed', problems: [] },
    ...change,
  };
}
const counted = (counts: Record<string, number>, retried: Record<string, number> = {}) =>
  new Map([[PAGE, { counts, retried }]]);
const phase = (own: BooksReport, growth: ReturnType<typeof counted>, path: 'ingress' | 'mesh' = 'ingress') => ({
  ...{ path, books: own, growth, sinceMs: path === 'ingress' ? 1_000 : 2_000 },
});
const judge = (...phases: ReturnType<typeof phase>[]) => witnessFindings(phases, SERVICE, versionOf);

describe('two witnesses of the same requests', () => {
  test('that agree are entered in the books, and nothing is found', () => {
    const own = books(900, 100);
    expect(judge(phase(own, counted({ 'reviews-v1': 900, 'reviews-v3': 100 })))).toEqual([]);
    expect(own.witnesses).toEqual([
      { name: `Envoy, cluster counters of ${PAGE}`, count: 1000, difference: 0, explanation: 'equal' },
    ]);
  });

  test('that differ on both client paths are one finding: proxy, subset, since when, and both figures', () => {
    const growth = counted({ 'reviews-v1': 900, 'reviews-v3': 100 });
    const found = judge(phase(books(1000, 0), growth, 'mesh'), phase(books(1000, 0), growth));
    expect(found).toMatchObject([
      {
        ...{ code: 'PROXY_ANSWERS_OTHERWISE', layer: 'observed', proxy: PAGE, atMs: 1_000 },
        ...{ object: 'Service bookinfo/reviews', field: 'endpoints of subset reviews-v3' },
      },
    ]);
    expect(found[0]?.sentence).toContain('v3 10 % where in-mesh clients got 0 %');
    expect(found[0]?.sentence).toContain('v3 10 % where ingress clients got 0 %');
  });

  test('a proxy that was only probed is no witness', () => {
    const own = books(1000, 0);
    expect(judge(phase(own, counted({ 'reviews-v3': 19 })))).toEqual([]);
    expect(own.witnesses).toEqual([]);
  });

  test('a host that is routed as a whole promises no version', () => {
    expect(judge(phase(books(500, 500), counted({ '(whole host)': 1000 })))).toEqual([]);
  });

  test('requests that were cut off may be in one book only', () => {
    const own = books(890, 90, { interrupted: 20, sent: 1000 });
    expect(judge(phase(own, counted({ 'reviews-v1': 900, 'reviews-v3': 100 })))).toEqual([]);
    expect(own.witnesses[0]).toMatchObject({ count: 1000, difference: 0 });
  });

  test('requests of which no sample came may be those of any version', () => {
    const lost = { sent: 1000, outcome: 'invalid' as const, problemCodes: ['samples-lost'] };
    const growth = counted({ 'reviews-v1': 900, 'reviews-v3': 100 });
    expect(judge(phase(books(870, 100, lost), growth))).toEqual([]);
    expect(judge(phase(books(970, 0, lost), growth))).toMatchObject([{ code: 'PROXY_ANSWERS_OTHERWISE' }]);
  });
});

test('attempts that the proxy made again are told, and do not shift the shares', () => {
  const own = books(900, 100);
  const growth = counted({ 'reviews-v1': 900, 'reviews-v3': 100 }, { 'reviews-v3': 400 });
  expect(judge(phase(own, growth))).toEqual([]);
  expect(own.witnesses[0]?.explanation).toMatch(/^equal; .*made again \(400 to v3\)/);
  expect([...retriedByVersion(growth, versionOf)]).toEqual([['v3', 400]]);
});

describe('growth', () => {
  const read = (scene: Awaited<ReturnType<typeof createFakeScene>>, counts: Record<string, number>) =>
    scene.recorder.layers.counters({ proxy: PAGE, host: HOST, atMs: scene.now(), counts, retried: {} });

  test('is counted from before the phase, and from 0 for a proxy that started anew', async () => {
    const scene = await createFakeScene();
    read(scene, { 'reviews-v1': 1000, 'reviews-v3': 10 });
    const before = proxyCounts(scene, HOST);
    read(scene, { 'reviews-v1': 1090, 'reviews-v3': 4 });
    expect([...(await settledProxyCounts(scene, HOST, before, 94))]).toEqual([
      [PAGE, { counts: { 'reviews-v1': 90, 'reviews-v3': 4 }, retried: {} }],
    ]);
  });

  test('is waited for until it holds every request', async () => {
    const scene = await createFakeScene();
    const before = proxyCounts(scene, HOST);
    read(scene, { 'reviews-v1': 50 });
    const settled = settledProxyCounts(scene, HOST, before, 80);
    setImmediate(() => read(scene, { 'reviews-v1': 80 }));
    expect((await settled).get(PAGE)?.counts).toEqual({ 'reviews-v1': 80 });
  });

  test('an interruption ends the wait', async () => {
    const scene = await createFakeScene({ signal: AbortSignal.abort(new Error('interrupted')) });
    read(scene, { 'reviews-v1': 50 });
    await expect(settledProxyCounts(scene, HOST, new Map(), 80)).rejects.toThrow('interrupted');
  });
});
