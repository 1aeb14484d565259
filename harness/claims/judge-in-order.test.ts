import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../k8s/client/object.ts';
import type { BooksReport, ClaimReport } from '../../reports/model/run-report.ts';
import { environmentError, invalidEvidenceError, usageError } from '../errors/harness-error.ts';
import { PromiseNotKept } from '../scene/promise.ts';
import { createFakeScene, meshedPod, PODS } from '../testkit/fakes/fake-scene.ts';
import { judgeClaim, judgeClaims, orInvalid, unjudged } from './judge-in-order.ts';

async function broken(error: unknown, aborted = false) {
  const controller = new AbortController();
  const scene = await createFakeScene({ signal: controller.signal });
  scene.client.list = async () => {
    if (aborted) controller.abort();
    throw error;
  };
  return scene;
}

test('a claim that the environment made impossible is invalid, with the error as a finding', async () => {
  const scene = await broken(environmentError('API_GONE', 'no API server', { hint: 'start it', where: '127.0.0.1' }));
  expect(await judgeClaim(scene.claim('sidecars'), scene)).toMatchObject({
    claim: { id: 'bookinfo/sidecars', outcome: 'invalid', sentence: 'Could not be judged: no API server' },
    findings: [{ code: 'API_GONE', layer: 'instrument', severity: 'error', where: '127.0.0.1', hint: 'start it' }],
  });
});

test.each([
  ['bad input', usageError('WRONG', 'wrong')],
  ['bad evidence', invalidEvidenceError('BAD', 'bad')],
  ['a bug', new TypeError('undefined is not a function')],
])('%s passes through', async (_, error) => {
  const scene = await broken(error);
  await expect(judgeClaim(scene.claim('sidecars'), scene)).rejects.toBe(error);
  await expect(judgeClaims(scene)).rejects.toBe(error);
});

test('bad books lead the sentence of every judge that they leave without a verdict', async () => {
  const scene = await createFakeScene();
  const claim = {
    ...scene.claim('sidecars'),
    outcome: 'invalid',
    sentence: 'None was lost.',
    details: [],
    durationMs: 1,
  };
  const books = [{ outcome: 'invalid', problems: ['3 iterations were dropped'] }] as unknown as BooksReport[];
  const judged = await orInvalid(claim, scene, async () => ({ claim: claim as ClaimReport, books }));
  expect(judged.claim.sentence).toBe(
    'No verdict, the evidence is bad: 3 iterations were dropped. Seen all the same: None was lost.',
  );
});

test.each([
  ['whose samples were lost', { problemCodes: ['samples-lost'] }, 'invalid'],
  ['whose problems have no codes', {}, 'invalid'],
  ['of a first try that was run once more', { problemCodes: ['dropped-iterations'], repeatedAs: 'again' }, 'passed'],
  ['whose only losses are the environment’s', { problemCodes: ['losses-shared'] }, 'passed'],
])('a judge that says passed beside books %s', async (_, rest, outcome) => {
  const scene = await createFakeScene();
  const claim = { ...scene.claim('sidecars'), outcome: 'passed', sentence: 'It holds.', details: [], durationMs: 1 };
  const books = [{ outcome: 'invalid', problems: ['3 are gone'], ...rest }] as unknown as BooksReport[];
  const judged = await orInvalid(claim, scene, async () => ({ claim: claim as ClaimReport, books }));
  expect(judged.claim.outcome).toBe(outcome);
});

test('an interruption is no outcome of the claim', async () => {
  const error = environmentError('CANCELLED', 'program was cancelled');
  const scene = await broken(error, true);
  await expect(judgeClaim(scene.claim('sidecars'), scene)).rejects.toBe(error);
});

test('claims are judged in their order until the signal; what was judged stays', async () => {
  const controller = new AbortController();
  const scene = await createFakeScene({ signal: controller.signal });
  scene.client.put(PODS, meshedPod('a'));
  const claims = [scene.claim('sidecars'), scene.claim('prometheus-agrees'), scene.claim('recurse-pitfall')];
  Object.assign(scene, { profile: { ...scene.profile, claims } });
  scene.client.react = (write) => {
    if (write.startsWith('apply')) controller.abort();
  };
  const results = await judgeClaims(scene);
  expect(results.map(({ claim }) => `${claim.id} ${claim.outcome}`)).toEqual([
    'bookinfo/sidecars passed',
    'bookinfo/prometheus-agrees inconclusive',
  ]);
  expect(scene.told).toContainEqual(expect.stringMatching(/^note passed {7}bookinfo\/sidecars: 1 of 1 pods/));
  expect(await judgeClaims(scene)).toEqual([]);
});

test('a judge that returns after the signal: no pass, its evidence stays, and it says why', async () => {
  const controller = new AbortController();
  const scene = await createFakeScene({ signal: controller.signal });
  scene.client.put(PODS, meshedPod('a'));
  const list = scene.client.list;
  scene.client.list = async (...args) => {
    controller.abort(new DOMException('time is up', 'TimeoutError'));
    return list(...args);
  };
  const { claim } = await judgeClaim(scene.claim('sidecars'), scene);
  expect(claim).toMatchObject({
    outcome: 'inconclusive',
    sentence: expect.stringMatching(
      /^Cut short: the time budget of the run was spent before this was decided\. 1 of 1 pods are ready/,
    ),
    details: [{ label: 'bookinfo/a', value: '2/2 ready' }],
  });
});

test('what was not reached is inconclusive and says why', async () => {
  const scene = await createFakeScene();
  expect(unjudged(scene.claim('sidecars'), 'the run was interrupted').claim).toMatchObject({
    outcome: 'inconclusive',
    sentence: 'Not judged: the run was interrupted.',
  });
});

describe('a promise that the subject did not keep', () => {
  const ready = meshedPod('ready');
  const NOT_KEPT = new PromiseNotKept(
    { what: 'the weight to be healed', timeoutMs: 30_000, needsPodsOf: 'bookinfo' },
    { instead: 'it stayed 50 %', where: 'VirtualService bookinfo/reviews' },
  );
  /** Breaks it at the first read of pods; later ones are answered like this. */
  const notKept = async (then: () => Promise<readonly KubeObject[]>) => {
    const scene = await createFakeScene();
    scene.client.list = async () => {
      scene.client.list = then;
      throw NOT_KEPT;
    };
    return scene;
  };

  test('is failed, with what was seen instead', async () => {
    const scene = await notKept(async () => [ready]);
    expect(await judgeClaim(scene.claim('sidecars'), scene)).toMatchObject({
      claim: {
        outcome: 'failed',
        sentence: 'A promise was not kept: the weight to be healed: not within 30.0 s; it stayed 50 %.',
      },
      findings: [{ code: 'PROMISE_NOT_KEPT', layer: 'api', where: 'VirtualService bookinfo/reviews' }],
    });
  });

  test.each(['Succeeded', 'Failed'])('is failed beside a pod that has done its work and %s', async (phase) => {
    const done = meshedPod('migration', { ready: false });
    const scene = await notKept(async () => [ready, { ...done, status: { ...done.status, phase } }]);
    expect((await judgeClaim(scene.claim('sidecars'), scene)).claim.outcome).toBe('failed');
  });

  test.each([
    ['pods of ours are not ready', 'PODS_NOT_READY', async () => [ready, meshedPod('waits', { ready: false })]],
    ['the API server is gone', 'API_SERVER_GONE', () => Promise.reject(new TypeError('fetch failed'))],
  ])('is invalid when %s', async (_, code, then) => {
    const scene = await notKept(then);
    const { claim, findings } = await judgeClaim(scene.claim('sidecars'), scene);
    expect(claim.outcome).toBe('invalid');
    expect(findings?.map((finding) => [finding.code, finding.layer])).toEqual([[code, 'instrument']]);
  });
});
