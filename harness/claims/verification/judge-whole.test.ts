/** The whole judge of `verification`: smoke tests over HTTP, a load that lasts, and the run before. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunReport } from '../../../reports/model/run-report.ts';
import type { LoadResult } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import { pause } from '../../process/pause.ts';
import type { Scene } from '../../scene/scene.ts';
import { createFakeScene, fakeCluster, hopsOf } from '../../testkit/fakes/fake-scene.ts';
import { lastingLoad, timersRunning } from '../../testkit/fakes/lasting-load.ts';
import { steadySamples } from '../../testkit/fakes/scripted-load.ts';
import type { VerificationClaim } from './declaration.ts';
import { judgeVerification } from './judge.ts';

const CLAIM: VerificationClaim = {
  id: 'shop/verification',
  title: 'the deployment holds its objectives',
  kind: 'verification',
  service: 'reviews',
  path: { kind: 'ingress', path: '/', ratePerSecond: 1000 } as VerificationClaim['path'],
  smoke: [
    { path: '/ready', status: 200 },
    { path: '/nothing', status: 404 },
  ],
  lastingMs: 4_000,
  objectives: { successShare: 0.99, quantile: 0.95, limitMs: 500 },
  baseline: { slowerBy: 0.5 },
};
const REQUESTS = 4_000;

let statuses: Record<string, number>;
let ingress: Server;
let ingressUrl: string;
beforeEach(async () => {
  statuses = { '/ready': 200, '/nothing': 404 };
  ingress = createServer((request, response) => {
    response.writeHead(statuses[request.url ?? ''] ?? 500, { connection: 'close' });
    response.end();
  });
  await new Promise<void>((resolve) => ingress.listen(0, '127.0.0.1', resolve));
  ingressUrl = `http://127.0.0.1:${(ingress.address() as AddressInfo).port}`;
});
afterEach(() => new Promise((resolve) => ingress.close(resolve)));

interface Play {
  readonly answer?: (sample: RequestSample) => RequestSample;
  readonly distort?: (result: LoadResult) => LoadResult;
  readonly change?: Partial<Scene>;
}

async function prepared({ answer = (sample) => sample, distort, change = {} }: Play = {}) {
  const load = lastingLoad(() => steadySamples(REQUESTS, () => hopsOf('v1'), answer), distort);
  const scene = await createFakeScene({ load, cluster: fakeCluster({ ingressUrl }), ...change });
  return { scene, load, judge: () => judgeVerification(CLAIM, scene) };
}
const judge = async (play: Play = {}) => (await prepared(play)).judge();

const every = (n: number, change: Partial<RequestSample>) => (sample: RequestSample) =>
  sample.sequence % n === 0 ? { ...sample, ...change } : sample;

test('smoke tests, success, latency and no earlier run: passed, each with its figure', async () => {
  const { scene, load, judge: judging } = await prepared();
  const startedAt = scene.clock.ms;
  const { claim, books, percentiles } = await judging();
  expect(claim.outcome).toBe('passed');
  expect(claim.details.map(({ label }) => label)).toEqual(['smoke tests', 'success', 'p95', 'baseline']);
  expect(claim.sentence).toContain('2 of 2 as expected');
  expect(claim.sentence).toContain(`${REQUESTS} of ${REQUESTS}`);
  expect(scene.clock.ms - startedAt).toBeGreaterThanOrEqual(CLAIM.lastingMs);
  expect(books).toMatchObject([{ outcome: 'passed', sent: REQUESTS }]);
  expect(percentiles).toHaveLength(1);
  expect(load.running).toBe(0);
});

describe('failed, and says which promise', () => {
  test('a smoke test that is answered otherwise', async () => {
    statuses['/ready'] = 503;
    const { claim } = await judge();
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toContain('smoke tests: /ready answered 503 and not 200');
  });

  test('too many errors', async () => {
    const { claim } = await judge({ answer: every(20, { status: 503 }) });
    expect(claim.outcome).toBe('failed');
    expect(claim.details[1]).toMatchObject({ label: 'success', value: expect.stringMatching(/^3800 of 4000/) });
  });

  test('too slow', async () => {
    const slow = (sample: RequestSample) => ({ ...sample, endMs: sample.startMs + 600 });
    const { claim } = await judge({ answer: slow });
    expect(claim.outcome).toBe('failed');
    expect(claim.details[2]).toMatchObject({ label: 'p95', value: expect.stringMatching(/^600\.0 ms/) });
  });

  test('slower than the run before', async () => {
    const points = [{ quantile: 0.95, ms: 2, low: 1.9, high: 2.1 }];
    const title = 'Latency by quantile, shop/verification';
    const earlier = { run: { id: 'earlier' }, percentiles: [{ title, tracks: [{ track: 'stable', points }] }] };
    const { claim } = await judge({ change: { earlierReport: async () => earlier as unknown as RunReport } });
    expect(claim.outcome).toBe('failed');
    expect(claim.details[3]?.value).toMatch(/was 2\.0 ms in run earlier, is 4\.0 ms, more than 50 % slower/);
  });
});

test('a run in which the claim did not pass is no baseline: the next one would be measured by what failed', async () => {
  const earlier = (outcome: string) => ({ claims: [{ id: CLAIM.id, outcome }] }) as unknown as RunReport;
  const asked: boolean[] = [];
  const { claim } = await judge({
    change: {
      earlierReport: async (isWanted = () => true) => {
        for (const outcome of ['failed', 'inconclusive', 'invalid', 'passed']) asked.push(isWanted(earlier(outcome)));
        asked.push(isWanted({ claims: [] } as unknown as RunReport));
        return undefined;
      },
    },
  });
  expect(asked).toEqual([false, false, false, true, false]);
  expect(claim.details[3]?.value).toMatch(/^there is no earlier run in which it passed/);
});

test.each([
  [503, 'invalid'],
  [0, 'invalid'],
  [404, 'failed'],
])('a smoke test that gets %i while the environment answers nobody is %s', async (status, outcome) => {
  statuses['/ready'] = status === 0 ? 503 : status;
  const cluster = status === 0 ? fakeCluster({ ingressUrl: 'http://127.0.0.1:9' }) : fakeCluster({ ingressUrl });
  const { scene } = await prepared({ change: { cluster } });
  const why = 'a control request got no answer';
  const environment = { unhealthy: () => [{ fromMs: scene.now() - 1_000, toMs: scene.now() + 1_000, why }] };
  const { claim } = await judgeVerification(CLAIM, { ...scene, environment });
  expect(claim.outcome).toBe(outcome);
  if (outcome === 'invalid') expect(claim.details[0]?.value).toContain(why);
});

test('bad books make every promise worthless', async () => {
  const { claim } = await judge({ distort: (result) => ({ ...result, droppedIterations: 7 }) });
  expect(claim.outcome).toBe('invalid');
});

test('no way to the ingress: the smoke tests were not made, so it is no pass', async () => {
  const { claim } = await judge({ change: { cluster: fakeCluster() } });
  expect(claim.outcome).toBe('inconclusive');
});

test('the run ends while the load should last: no verdict on what there was, and nothing is left', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const reason = new DOMException('time is up', 'TimeoutError');
  const { load, judge: judging } = await prepared({
    answer(sample) {
      // an eighth of what was asked for
      if (sample.sequence === REQUESTS / 8) controller.abort(reason);
      return sample;
    },
    // real time: it has to be cut off in the middle of its wait
    change: { signal, pause: (ms) => pause(ms, signal) },
  });
  const before = timersRunning();
  await expect(judging()).rejects.toBe(reason);
  expect(load.running).toBe(0);
  expect(timersRunning()).toBeLessThanOrEqual(before);
});
