import { describe, expect, test } from 'vitest';
import type { LoadResult } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import { createFakeReceivers, type FakeReceivers } from '../../testkit/fakes/fake-receivers.ts';
import { createFakeScene, hopsOf, meshedPod, PODS } from '../../testkit/fakes/fake-scene.ts';
import { endingLoad } from '../../testkit/fakes/lasting-load.ts';
import { playPrograms } from '../../testkit/fakes/played-programs.ts';
import { steadySamples } from '../../testkit/fakes/scripted-load.ts';
import type { RetriesClaim } from './declaration.ts';
import { judgeRetries } from './judge.ts';

const CLAIM: RetriesClaim = {
  id: 'shop/retries',
  title: 'three tries',
  kind: 'retries',
  receiver: { namespace: 'bookinfo', labels: { app: 'reviews' } },
  service: 'reviews',
  attempts: 2,
  failWith: 503,
  requests: 100,
  path: { kind: 'ingress', host: 'shop.example.com', path: '/', ratePerSecond: 50 },
};

interface Play {
  /** Arrivals of one request while all fail, and while none does. */
  readonly failing?: (sequence: number) => number;
  readonly sound?: number;
  readonly requests?: number;
  readonly pods?: number;
  readonly change?: (sample: RequestSample) => RequestSample;
  readonly distort?: (result: LoadResult) => LoadResult;
  readonly signal?: AbortSignal;
  readonly meanwhile?: (receivers: FakeReceivers) => void;
}

async function judge({
  failing = () => 3,
  sound = 1,
  requests = 100,
  pods = 2,
  change,
  distort,
  signal,
  meanwhile = () => undefined,
}: Play) {
  const receivers = createFakeReceivers();
  playPrograms(receivers.run);
  const load = endingLoad(() => {
    meanwhile(receivers);
    return steadySamples(
      requests,
      (sequence) => {
        const isFailing = receivers.behaviour.errorShare === 1;
        // each of the pods says the same number
        receivers.requests += (isFailing ? failing(sequence) : sound) / pods;
        return hopsOf('v1');
      },
      change,
    );
  }, distort);
  const scene = await createFakeScene({ load, ...(signal ? { signal } : {}) });
  for (let pod = 0; pod < pods; pod += 1)
    scene.client.put(PODS, meshedPod(`reviews-${pod}`, { labels: { app: 'reviews' } }));
  const result = await judgeRetries(CLAIM, scene).finally(() => {
    expect(receivers.told.at(-1) ?? '{}').toBe('{}');
    expect(load.running).toBe(0);
  });
  return { ...result, receivers };
}

test('as many as declared: passed, and the receivers behave as before', async () => {
  const { claim, findings, receivers } = await judge({});
  expect(claim.outcome).toBe('passed');
  expect(claim.sentence).toBe(
    '100 requests reached reviews 300 times while reviews failed: 3 times each, as declared. 100 requests reached reviews 100 times while it did not: once each, as declared.',
  );
  expect(findings).toEqual([]);
  expect(new Set(receivers.told)).toEqual(new Set(['{"errorShare":1,"errorStatus":503}', '{}']));
});

describe('fails', () => {
  test('when layers multiply', async () => {
    const { claim, findings } = await judge({ failing: () => 9 });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(
      /^A retry storm: 100 requests reached reviews 900 times while reviews failed: 9\.00 times/,
    );
    expect(findings).toMatchObject([{ code: 'RETRIES_TOO_MANY', where: 'shop/retries' }]);
  });

  test('when one request arrives once too often', async () => {
    expect((await judge({ failing: (n) => (n === 7 ? 5 : 3) })).claim.outcome).toBe('failed');
  });

  test('also where most of its requests were never answered', async () => {
    const distort = (sample: RequestSample) => (sample.sequence < 80 ? { ...sample, status: 0, identity: '' } : sample);
    const { claim } = await judge({ failing: () => 6, change: distort });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(
      /^A retry storm: 100 requests \(80 of them got no answer\) reached reviews 600 times/,
    );
    expect(claim.sentence).toContain('6.00 times each instead of 3');
  });

  test('when there are fewer', async () => {
    const { claim, findings } = await judge({ failing: () => 2 });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toContain('2.00 times each instead of 3');
    expect(findings).toMatchObject([{ code: 'RETRIES_TOO_FEW' }]);
  });

  test('when requests that do not fail arrive twice', async () => {
    const { claim } = await judge({ sound: 2 });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toContain('200 times while it did not: 2.00 times each instead of 1');
  });
});

test('a connection in a hundred tries may break', async () => {
  expect((await judge({ failing: (n) => (n === 7 ? 1 : 3) })).claim.outcome).toBe('passed');
});

test('too few requests are no pass', async () => {
  const { claim } = await judge({ requests: 50 });
  expect(claim.outcome).toBe('inconclusive');
  expect(claim.sentence).toContain('Only 50 requests reached reviews 150 times while reviews failed; 100 answers');
});

test('bad books are no verdict', async () => {
  const { claim } = await judge({ distort: (result) => ({ ...result, droppedIterations: 1_000 }) });
  expect(claim.outcome).toBe('invalid');
});

test('a receiver that was restarted has lost its count', async () => {
  const meanwhile = (receivers: FakeReceivers) => receivers.restart();
  await expect(judge({ meanwhile })).rejects.toMatchObject({ code: 'RECEIVER_CHANGED', exitCode: 3 });
});

test('without receivers nothing can be counted', async () => {
  await expect(judge({ pods: 0 })).rejects.toMatchObject({ code: 'RECEIVER_MISSING', exitCode: 3 });
});

test('a run that is over says nothing, and puts the receivers back', async () => {
  const over = new AbortController();
  const reason = new DOMException('time is up', 'TimeoutError');
  await expect(judge({ signal: over.signal, meanwhile: () => over.abort(reason) })).rejects.toBe(reason);
});
