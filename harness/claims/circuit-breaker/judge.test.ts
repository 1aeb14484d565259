import { describe, expect, test } from 'vitest';
import type { LoadResult } from '../../ports/load.ts';
import { createFakeReceivers } from '../../testkit/fakes/fake-receivers.ts';
import { createFakeScene, hopsOf, meshedPod, PODS } from '../../testkit/fakes/fake-scene.ts';
import { endingLoad } from '../../testkit/fakes/lasting-load.ts';
import { playPrograms } from '../../testkit/fakes/played-programs.ts';
import { steadySamples } from '../../testkit/fakes/scripted-load.ts';
import type { CircuitBreakerClaim } from './declaration.ts';
import { judgeCircuitBreaker } from './judge.ts';

const CLAIM: CircuitBreakerClaim = {
  id: 'shop/pool',
  title: 'ten at a time',
  kind: 'circuit-breaker',
  receiver: { namespace: 'bookinfo', labels: { app: 'reviews' } },
  service: 'reviews',
  limit: 10,
  path: { kind: 'ingress', host: 'shop.example.com', path: '/', ratePerSecond: 100 },
};

interface Play {
  /** At the receiver. */
  readonly most: number;
  /** Every n-th request is refused; 0: none. */
  readonly refuses?: number;
  /** The first so many are cut off by a time-out instead of being refused. */
  readonly cut?: number;
  readonly pods?: number;
  readonly distort?: (result: LoadResult) => LoadResult;
  readonly signal?: AbortSignal;
  readonly meanwhile?: () => void;
}

async function judge({ most, refuses = 2, cut = 0, pods = 1, distort, signal, meanwhile = () => undefined }: Play) {
  const receivers = createFakeReceivers();
  playPrograms(receivers.run);
  const load = endingLoad(() => {
    meanwhile();
    receivers.mostInFlight = most;
    const isRefused = (sequence: number) => refuses > 0 && sequence % refuses === 0;
    return steadySamples(
      160,
      (sequence) => (isRefused(sequence) ? '' : hopsOf('v1')),
      (sample) =>
        isRefused(sample.sequence)
          ? { ...sample, status: sample.sequence < cut * refuses ? 504 : 503 }
          : { ...sample, endMs: sample.startMs + 200 },
    );
  }, distort);
  const scene = await createFakeScene({ load, ...(signal ? { signal } : {}) });
  for (let pod = 0; pod < pods; pod += 1)
    scene.client.put(PODS, meshedPod(`reviews-${pod}`, { labels: { app: 'reviews' } }));
  const result = await judgeCircuitBreaker(CLAIM, scene).finally(() => {
    expect(receivers.told.at(-1) ?? '{}').toBe('{}');
    expect(load.running).toBe(0);
  });
  return { ...result, receivers };
}

test('as many at a time as declared, and the rest refused: passed', async () => {
  const { claim, findings, receivers } = await judge({ most: 10 });
  expect(claim.outcome).toBe('passed');
  expect(claim.sentence).toBe(
    'reviews had 10 requests at a time, as many as declared: 80 of 160 requests were answered by it and 80 refused.',
  );
  expect(findings).toEqual([]);
  expect(receivers.told).toEqual(['{"latencyMs":200}', '{}']);
});

describe('fails', () => {
  test('when one more reaches the receiver', async () => {
    const { claim, findings } = await judge({ most: 11 });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(/^The limit does not bite: reviews had 11 requests at a time, where 10 may be/);
    expect(findings).toMatchObject([{ code: 'CIRCUIT_BREAKER_OPEN', where: 'shop/pool' }]);
  });

  test('when nobody is refused, and more than may be reach it', async () => {
    expect((await judge({ most: 20, refuses: 0 })).claim.outcome).toBe('failed');
  });

  test('when fewer are let through', async () => {
    const { claim, findings } = await judge({ most: 9 });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(/^The limit bites too early: reviews had at most 9 requests at a time/);
    expect(findings).toMatchObject([{ code: 'CIRCUIT_BREAKER_EARLY' }]);
  });

  test('when all are refused', async () => {
    expect((await judge({ most: 0, refuses: 1 })).claim.outcome).toBe('failed');
  });
});

test('more than the limit shows nothing where the proxy had given up as many', async () => {
  const { claim, findings } = await judge({ most: 12, cut: 2 });
  expect(claim.outcome).toBe('inconclusive');
  expect(claim.sentence).toContain('78 refused, 2 cut off; run again on a quieter machine');
  expect(findings).toEqual([]);
  expect((await judge({ most: 13, cut: 2 })).claim.outcome).toBe('failed');
});

test('clients that did not want enough at a time show nothing', async () => {
  const { claim } = await judge({ most: 9, refuses: 0 });
  expect(claim.outcome).toBe('inconclusive');
  expect(claim.sentence).toContain('the limit of 10 was not reached');
});

test('several pods cannot be added up', async () => {
  await expect(judge({ most: 10, pods: 2 })).rejects.toMatchObject({ code: 'CIRCUIT_BREAKER_PODS', exitCode: 3 });
});

test('bad books are no verdict', async () => {
  const { claim } = await judge({ most: 10, distort: (result) => ({ ...result, droppedIterations: 1_000 }) });
  expect(claim.outcome).toBe('invalid');
});

test('a run that is over says nothing, and puts the receiver back', async () => {
  const over = new AbortController();
  const reason = new DOMException('time is up', 'TimeoutError');
  await expect(judge({ most: 10, signal: over.signal, meanwhile: () => over.abort(reason) })).rejects.toBe(reason);
});
