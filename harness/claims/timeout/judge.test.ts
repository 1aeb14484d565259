import { afterEach, describe, expect, test, vi } from 'vitest';
import type { LoadResult } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import type * as runProgram from '../../process/run-program.ts';
import { createFakeReceivers, type FakeReceivers } from '../../testkit/fakes/fake-receivers.ts';
import { createFakeScene, hopsOf, meshedPod, PODS } from '../../testkit/fakes/fake-scene.ts';
import { lastingLoad } from '../../testkit/fakes/lasting-load.ts';
import { steadySamples } from '../../testkit/fakes/scripted-load.ts';
import type { TimeoutClaim } from './declaration.ts';
import { judgeTimeout } from './judge.ts';

const started = vi.hoisted(() => ({ run: undefined as FakeReceivers['run'] | undefined }));
vi.mock('../../process/run-program.ts', async (importActual) => ({
  ...(await importActual<typeof runProgram>()),
  runProgram: (argv: readonly string[]) => started.run!(argv),
}));
afterEach(() => {
  started.run = undefined;
});

const CLAIM: TimeoutClaim = {
  id: 'shop/timeout',
  title: 'half a second at most',
  kind: 'timeout',
  receiver: { namespace: 'bookinfo', labels: { app: 'reviews' } },
  service: 'reviews',
  timeoutMs: 500,
  requests: 150,
  path: { kind: 'ingress', host: 'shop.example.com', path: '/', ratePerSecond: 20 },
};

interface Held {
  readonly latencyMs: number;
  readonly status?: number;
  readonly version?: string;
}

interface Play {
  /** What the n-th request gets while the receiver holds its answers back. */
  readonly held?: (sequence: number) => Held;
  /** While it does not: up to so long, evenly. */
  readonly pathMs?: number;
  readonly requests?: number;
  readonly distort?: (result: LoadResult) => LoadResult;
  readonly signal?: AbortSignal;
  readonly meanwhile?: () => void;
}

/** The path takes up to 30 ms, with the time-out as without. */
const usual = (sequence: number) => (sequence * 7) % 31;

async function judge({
  held = (n) => ({ latencyMs: 500 + usual(n) }),
  pathMs = 30,
  requests = 150,
  distort,
  signal,
  meanwhile = () => undefined,
}: Play) {
  const receivers = createFakeReceivers();
  started.run = receivers.run;
  const load = lastingLoad(() => {
    const isHeld = 'latencyMs' in receivers.behaviour;
    if (isHeld) meanwhile();
    const late = (sample: RequestSample): RequestSample => {
      const { latencyMs, status = 504, version } = held(sample.sequence);
      const identity = version === undefined ? '' : hopsOf(version);
      return { ...sample, endMs: sample.startMs + latencyMs, status, identity };
    };
    const inTime = (sample: RequestSample): RequestSample => ({
      ...sample,
      endMs: sample.startMs + (usual(sample.sequence) * pathMs) / 30,
    });
    return steadySamples(requests, () => hopsOf('v1'), isHeld ? late : inTime);
  }, distort);
  const scene = await createFakeScene({ load, ...(signal ? { signal } : {}) });
  scene.client.put(PODS, meshedPod('reviews-0', { labels: { app: 'reviews' } }));
  const result = await judgeTimeout(CLAIM, scene).finally(() => {
    expect(receivers.told.at(-1)).toBe('{}');
    expect(load.running).toBe(0);
  });
  return { ...result, receivers };
}

test('all cut off when the time is up: passed, with the bound that the path allows', async () => {
  const { claim, findings, receivers } = await judge({});
  expect(claim.outcome).toBe('passed');
  expect(claim.sentence).toBe(
    'All 150 requests to a late reviews were cut off: none before the declared 500 ms, 95 % within 529 ms, where declared time and path allow 530 ms.',
  );
  expect(findings).toEqual([]);
  expect(receivers.told).toEqual(['{}', '{"latencyMs":1500}', '{}']);
});

describe('fails', () => {
  test('when one request is answered by the receiver after all', async () => {
    const held = (n: number): Held => (n === 7 ? { latencyMs: 1_500, status: 200, version: 'v1' } : { latencyMs: 510 });
    const { claim, findings } = await judge({ held });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toBe(
      '1 of 150 requests were answered by reviews after up to 1500 ms, though the time-out is 500 ms.',
    );
    expect(findings).toMatchObject([{ code: 'TIMEOUT_NOT_APPLIED', where: 'shop/timeout' }]);
  });

  test('when requests are cut off early', async () => {
    const { claim, findings } = await judge({ held: (n) => ({ latencyMs: 300 + usual(n) }) });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toBe('150 of 150 requests ended before the declared 500 ms, the first after 300 ms.');
    expect(findings).toMatchObject([{ code: 'TIMEOUT_EARLY' }]);
  });

  test('when they are cut off late, by more than the path explains', async () => {
    const { claim, findings } = await judge({ held: (n) => ({ latencyMs: 600 + usual(n) }) });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(/^Requests to reviews were cut off late: 95 % of 150 within 629 ms/);
    expect(findings).toMatchObject([{ code: 'TIMEOUT_LATE' }]);
  });
});

test('the same is in time on a path that takes as long without the time-out', async () => {
  const { claim } = await judge({ held: (n) => ({ latencyMs: 600 + usual(n) }), pathMs: 200 });
  expect(claim.outcome).toBe('passed');
});

test('a little above the bound is undecided', async () => {
  const { claim } = await judge({ held: (n) => ({ latencyMs: n % 12 === 0 ? 540 : 510 }) });
  expect(claim.outcome).toBe('inconclusive');
  expect(claim.sentence).toContain('more requests would tell');
});

test('too few requests are no pass', async () => {
  const { claim } = await judge({ requests: 60 });
  expect(claim.outcome).toBe('inconclusive');
  expect(claim.sentence).toBe('Only 60 requests were cut off, too few to tell when.');
});

test('bad books are no verdict', async () => {
  const { claim } = await judge({ distort: (result) => ({ ...result, droppedIterations: 1_000 }) });
  expect(claim.outcome).toBe('invalid');
});

test('a run that is over says nothing, and puts the receiver back', async () => {
  const over = new AbortController();
  const reason = new DOMException('time is up', 'TimeoutError');
  await expect(judge({ signal: over.signal, meanwhile: () => over.abort(reason) })).rejects.toBe(reason);
});
