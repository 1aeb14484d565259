import { describe, expect, test } from 'vitest';
import type { LoadResult } from '../../ports/load.ts';
import { createFakeScene, hopsOf } from '../../testkit/fakes/fake-scene.ts';
import { lastingLoad } from '../../testkit/fakes/lasting-load.ts';
import { steadySamples } from '../../testkit/fakes/scripted-load.ts';
import { leakFreeRequests } from '../../traffic/share-verdict.ts';
import type { HeaderRouteClaim } from './declaration.ts';
import { judgeHeaderRoute } from './judge.ts';

const CLAIM: HeaderRouteClaim = {
  id: 'shop/testers',
  title: 'testers reach v2',
  kind: 'header-route',
  headers: { 'x-canary': 'true' },
  service: 'reviews',
  version: 'v2',
  sharedWithOthers: false,
  path: { kind: 'ingress', host: 'shop.example.com', path: '/', ratePerSecond: 100 },
};
const ENOUGH = leakFreeRequests('smoke') + 10;

interface Play {
  /** Who answers the n-th request of each side. */
  readonly tagged?: (sequence: number) => string;
  readonly untagged?: (sequence: number) => string;
  readonly requests?: number;
  readonly claim?: Partial<HeaderRouteClaim>;
  readonly distort?: (result: LoadResult) => LoadResult;
  readonly signal?: AbortSignal;
}

async function judge({ tagged = () => 'v2', untagged = () => 'v1', requests = ENOUGH, claim, distort, signal }: Play) {
  const load = lastingLoad(
    ({ headers }) => steadySamples(requests, (n) => hopsOf('x-canary' in headers ? tagged(n) : untagged(n))),
    distort,
  );
  const scene = await createFakeScene({ load, ratePerSecond: undefined, ...(signal ? { signal } : {}) });
  const result = await judgeHeaderRoute({ ...CLAIM, ...claim }, scene);
  return { ...result, load };
}

test('all of those with the header, and none without it: passed', async () => {
  const { claim, load, findings } = await judge({});
  expect(claim.outcome).toBe('passed');
  expect(claim.sentence).toBe(
    `All ${ENOUGH} answers to requests with the header came from v2. None of ${ENOUGH} answers to requests without it came from v2.`,
  );
  expect(findings).toEqual([]);
  expect(load.requests.map(({ headers }) => headers)).toEqual([
    { Host: 'shop.example.com', 'x-canary': 'true' },
    { Host: 'shop.example.com' },
  ]);
  expect(load.running).toBe(0);
});

describe('one answer is enough to fail', () => {
  test('by another version, with the header', async () => {
    const { claim, findings } = await judge({ tagged: (n) => (n === 7 ? 'v1' : 'v2') });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toContain('1 came from somebody else than declared (v1 1)');
    expect(findings).toMatchObject([{ code: 'HEADER_ROUTE_MISSED', where: 'shop/testers' }]);
  });

  test('by that version, without the header', async () => {
    const { claim, findings } = await judge({ untagged: (n) => (n === 7 ? 'v2' : 'v1') });
    expect(claim.outcome).toBe('failed');
    expect(findings).toMatchObject([{ code: 'HEADER_ROUTE_LEAKS' }]);
  });
});

test('others may reach it where the claim says so, and are not asked', async () => {
  const { claim, load } = await judge({ untagged: () => 'v2', claim: { sharedWithOthers: true } });
  expect(claim.outcome).toBe('passed');
  expect(load.requests).toHaveLength(1);
});

test('too few answers show no leak', async () => {
  const { claim } = await judge({ requests: ENOUGH - 20 });
  expect(claim.outcome).toBe('inconclusive');
  expect(claim.sentence).toContain('that would show a leak');
});

test('bad books are no verdict', async () => {
  const { claim } = await judge({ distort: (result) => ({ ...result, droppedIterations: 1_000 }) });
  expect(claim.outcome).toBe('invalid');
});

test('a run that is over says nothing', async () => {
  const over = new AbortController();
  const reason = new DOMException('time is up', 'TimeoutError');
  const untagged = () => {
    over.abort(reason);
    return 'v1';
  };
  await expect(judge({ untagged, signal: over.signal })).rejects.toBe(reason);
});
