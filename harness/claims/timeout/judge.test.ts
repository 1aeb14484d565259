import { describe, expect, test } from 'vitest';
import { delayedHop, formatHop } from '../../../k8s/workload/hops.ts';
import type { LoadResult } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import { createFakeReceivers } from '../../testkit/fakes/fake-receivers.ts';
import { createFakeScene, hopsOf, meshedPod, PODS } from '../../testkit/fakes/fake-scene.ts';
import { endingLoad } from '../../testkit/fakes/lasting-load.ts';
import { playPrograms } from '../../testkit/fakes/played-programs.ts';
import { steadySamples } from '../../testkit/fakes/scripted-load.ts';
import type { TimeoutClaim } from './declaration.ts';
import { judgeTimeout } from './judge.ts';

const CLAIM: TimeoutClaim = {
  id: 'shop/timeout',
  title: 'half a second at most',
  kind: 'timeout',
  receiver: { namespace: 'bookinfo', labels: { app: 'reviews' } },
  service: 'reviews',
  timeoutMs: 500,
  requests: 300,
  path: { kind: 'ingress', host: 'shop.example.com', path: '/', ratePerSecond: 40 },
};

interface Held {
  readonly latencyMs: number;
  readonly status?: number;
  readonly version?: string;
}

interface Play {
  /** What the n-th request gets that the receiver holds back. */
  readonly held?: (sequence: number) => Held;
  /** What the others take. */
  readonly pathMs?: (sequence: number) => number;
  readonly requests?: number;
  readonly distort?: (result: LoadResult) => LoadResult;
  readonly signal?: AbortSignal;
  readonly meanwhile?: () => void;
}

/** The path takes up to 30 ms, with the time-out as without. */
const usual = (sequence: number) => (sequence * 7) % 31;
const LATE = '1500 ms';

async function judge({
  held = (n) => ({ latencyMs: 500 + usual(n) }),
  pathMs = usual,
  requests = 300,
  distort,
  signal,
  meanwhile = () => undefined,
}: Play) {
  const receivers = createFakeReceivers();
  playPrograms(receivers.run);
  const load = endingLoad(() => {
    meanwhile();
    expect(receivers.behaviour).toEqual({ latencyMs: 1_500, latencyShare: 0.5 });
    const change = (sample: RequestSample): RequestSample => {
      const { sequence, startMs } = sample;
      if (sequence % 2 === 0) return { ...sample, endMs: startMs + pathMs(sequence) };
      const { latencyMs, status = 504, version } = held(sequence);
      const identity = version === undefined ? '' : `${hopsOf(version)};${formatHop(delayedHop('reviews'))}`;
      return { ...sample, endMs: startMs + latencyMs, status, identity };
    };
    return steadySamples(requests, () => hopsOf('v1'), change);
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
  const { claim, findings } = await judge({});
  expect(claim.outcome).toBe('passed');
  expect(claim.sentence).toBe(
    'All 150 requests to a late reviews were cut off: the first after 500 ms, 90 % within 527 ms, where the declared 500 ms and what the path took in the same seconds allow 530 ms.',
  );
  expect(findings).toEqual([]);
});

describe('fails', () => {
  test('when one request is answered by the receiver after all', async () => {
    const held = (n: number): Held => (n === 7 ? { latencyMs: 1_500, status: 200, version: 'v1' } : { latencyMs: 510 });
    const { claim, findings } = await judge({ held });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toBe(
      `1 of 150 requests were answered by a late reviews after up to ${LATE}, though the time-out is 500 ms.`,
    );
    expect(findings).toMatchObject([{ code: 'TIMEOUT_NOT_APPLIED', where: 'shop/timeout' }]);
  });

  test('when requests are cut off early', async () => {
    const { claim, findings } = await judge({ held: (n) => ({ latencyMs: 300 + usual(n) }) });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toBe(
      '150 of 150 requests to a late reviews ended before the declared 500 ms, the first after 300 ms.',
    );
    expect(findings).toMatchObject([{ code: 'TIMEOUT_EARLY' }]);
  });

  test('when they are cut off late, by more than the path explains', async () => {
    const { claim, findings } = await judge({ held: (n) => ({ latencyMs: 600 + usual(n) }) });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(/^Requests to a late reviews were cut off too late: half of 150 within 615 ms/);
    expect(findings).toMatchObject([{ code: 'TIMEOUT_LATE' }]);
  });
});

/** A machine that stands still for part of the load. */
const stalls = (share: number) => (n: number) => (n % 100 < 100 * share ? 120 : 0);

test('a stall that slows the others down as well is no fault of the time-out', async () => {
  const stall = stalls(0.13);
  const held = (n: number) => ({ latencyMs: 500 + usual(n) + stall(n) });
  expect((await judge({ held, pathMs: (n) => usual(n) + stall(n) })).claim.outcome).toBe('passed');
});

test('one that only the cuts met is undecided', async () => {
  const { claim, findings } = await judge({ held: (n) => ({ latencyMs: 500 + usual(n) + stalls(0.2)(n) }) });
  expect(claim.outcome).toBe('inconclusive');
  expect(claim.sentence).toContain('run again on a quieter machine');
  expect(findings).toEqual([]);
});

test('beside requests that got no answer at all those that were cut off in time are no pass', async () => {
  const lost = { latencyMs: 6_500, status: 0 };
  const { claim, findings } = await judge({ held: (n) => (n % 8 === 1 ? lost : { latencyMs: 500 + usual(n) }) });
  expect(claim.outcome).toBe('inconclusive');
  expect(claim.sentence).toContain('38 requests got no answer at all');
  expect(findings).toEqual([]);
  // one among many is nobody's time-out
  const { claim: seen } = await judge({ held: (n) => (n === 41 ? lost : { latencyMs: 500 + usual(n) }) });
  expect(seen.outcome).toBe('passed');
});

test('too few requests are no pass', async () => {
  const { claim } = await judge({ requests: 60 });
  expect(claim.outcome).toBe('inconclusive');
  expect(claim.sentence).toBe('Only 30 requests were cut off and 30 answered at once, too few to tell when.');
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
