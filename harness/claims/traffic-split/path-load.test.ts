/** A load that generator or system could not keep up with is run once more; no other is. */

import { describe, expect, test } from 'vitest';
import type { LoadResult, LoadRunner } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import type { Scene } from '../../scene/scene.ts';
import { createFakeScene, meshedPod, PODS, reviewsRoute, reviewsSamples } from '../../testkit/fakes/fake-scene.ts';
import { scriptedLoad } from '../../testkit/fakes/scripted-load.ts';
import { fewOf, thorough } from '../../testkit/runner/thorough.ts';
import { judgeTrafficSplit } from './judge.ts';

interface Try {
  readonly samples?: readonly RequestSample[];
  readonly books?: Partial<LoadResult>;
}

/** The tries of the first path as told, whatever follows as declared. */
const judge = (...tries: readonly Try[]) => judgeIn({}, ...tries);

async function judgeIn(change: Partial<Scene>, ...tries: readonly Try[]) {
  const rates: [id: string, ratePerSecond: number][] = [];
  const receivers = new Set<string | undefined>();
  const load: LoadRunner = {
    run(request, ...rest) {
      const { samples, books = {} } = tries[rates.length] ?? {};
      rates.push([request.phase, request.ratePerSecond]);
      receivers.add(request.receiver);
      const handed = samples ?? reviewsSamples(0.1);
      return scriptedLoad(handed, (result) => ({ ...result, ...books })).run(request, ...rest);
    },
  };
  const scene = await createFakeScene({ load, ...change }, { routesAppliedMs: 0 });
  scene.client.put(PODS, meshedPod('page', { sidecar: false, labels: { app: 'productpage' } }));
  scene.client.put(
    { ...PODS, resource: 'services' },
    { metadata: { name: 'reviews' }, spec: { clusterIP: '10.96.0.7' } },
  );
  scene.recorder.virtualService(reviewsRoute({ 'reviews-v1': 90, 'reviews-v3': 10 }));
  const result = await judgeTrafficSplit(scene.claim('traffic-split'), scene);
  return { ...result, rates, receivers: [...receivers], scene };
}

const dropped = { droppedIterations: 7 };
const slow = (everyMs: number, share = 0.1): readonly RequestSample[] =>
  [...reviewsSamples(share, 20_000)].map((sample, i) => ({
    ...sample,
    startMs: sample.startMs + i * (everyMs - 1),
    endMs: sample.endMs + i * (everyMs - 1),
  }));

test.each(
  fewOf(1, [
    ['iterations dropped', { books: dropped }, 500],
    // 400 of 1,000 requests a second were started
    ['the rate not reached', { samples: slow(2.5) }, 200],
    ['the generator saturated', { books: { generatorCpuSeconds: 1e6 } }, 500],
  ] as const),
)('%s: once more at half of what was achieved, and that is judged', async (_, first, ratePerSecond) => {
  const { claim, splits, books, rates, receivers, scene } = await judge(first);
  // of both tries: who answers is told by their names
  expect(receivers).toEqual(['reviews']);
  expect(claim.outcome, claim.sentence).toBe('passed');
  expect(rates).toEqual([
    ['bookinfo-split-90-10-ingress', 1000],
    ['bookinfo-split-90-10-ingress-gentler', ratePerSecond],
    ['bookinfo-split-90-10-mesh', 1000],
  ]);
  expect(splits?.map(({ outcome, title }) => `${outcome}: ${title}`)).toEqual([
    `passed: reviews as called through the ingress, at ${ratePerSecond}/s`,
    'passed: reviews as called inside the mesh',
  ]);
  expect(books?.map(({ outcome, repeatedAs }) => [outcome, repeatedAs])).toEqual([
    ['invalid', 'bookinfo-split-90-10-ingress-gentler'],
    ['passed', undefined],
    ['passed', undefined],
  ]);
  // what later claims compare with is what was judged
  expect(scene.phases.map(({ result }) => result.split.id)).toEqual(rates.slice(1).map(([id]) => id));
});

thorough('too fast at the lower rate, too: invalid, and no third try', async () => {
  const { claim, rates, books } = await judge({ books: dropped }, { books: dropped });
  expect(claim.outcome).toBe('invalid');
  expect(rates).toHaveLength(3);
  expect(books?.map(({ outcome }) => outcome)).toEqual(['invalid', 'invalid', 'passed']);
});

test('shares that are wrong at the lower rate fail', async () => {
  const { claim } = await judge({ books: dropped }, { samples: [...reviewsSamples(0.3)] });
  expect(claim.outcome).toBe('failed');
});

describe('answers that were lost', () => {
  const lossy = [...reviewsSamples(0.1)].map((sample, i) =>
    i % 10 === 3 ? { ...sample, status: 503, identity: '' } : sample,
  );

  test('leave the first load undecided: the second is judged, and the rates of both are said', async () => {
    const { claim, splits, books, rates } = await judge({ samples: lossy });
    expect(claim.outcome, claim.sentence).toBe('passed');
    expect(rates.map(([, rate]) => rate)).toEqual([1000, 500, 1000]);
    expect(splits).toHaveLength(2);
    expect(books?.[0]).toMatchObject({
      outcome: 'invalid',
      problemCodes: ['too-many-unsigned'],
      repeatedAs: 'bookinfo-split-90-10-ingress-gentler',
    });
    // smoke errs with 0.001 on either side, twice
    expect(books?.[0]?.problems).toEqual([
      expect.stringMatching(/^\d+ of [\d,]+ requests had no signed answer.* 0\.002 and a pass with at most 0\.002$/),
    ]);
  });

  thorough('twice: inconclusive, and no third try', async () => {
    const { claim, rates } = await judge({ samples: lossy }, { samples: lossy });
    expect([claim.outcome, rates.length]).toEqual(['inconclusive', 3]);
  });

  thorough('and shares that are wrong at the lower rate fail', async () => {
    const { claim } = await judge({ samples: lossy }, { samples: [...reviewsSamples(0.3)] });
    expect(claim.outcome).toBe('failed');
  });

  thorough('in moments at which the environment lost its own: once more, too', async () => {
    const environment = { unhealthy: () => [{ fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, why: 'a stall' }] };
    const { claim, rates, books } = await judgeIn({ environment }, { samples: lossy });
    expect([claim.outcome, rates.length]).toEqual(['passed', 3]);
    expect(books?.[0]?.problemCodes).toEqual(['losses-shared', 'too-many-unsigned']);
  });
});

describe('is not run again', () => {
  test('a load that is undecided for another reason', async () => {
    const { claim, rates } = await judge({ samples: [...reviewsSamples(0.1, 200)] });
    expect([claim.outcome, rates.length]).toEqual(['inconclusive', 2]);
  });

  thorough('a load that failed in order', async () => {
    const { claim, rates } = await judge({ samples: [...reviewsSamples(0.3)] });
    expect([claim.outcome, rates.length]).toEqual(['failed', 2]);
  });

  thorough('a load whose evidence is damaged, however fast it was', async () => {
    const samples = [...reviewsSamples(0.1)].filter(({ sequence }) => sequence % 2 === 1);
    const { claim, rates } = await judge({ samples, books: dropped });
    expect([claim.outcome, rates.length]).toEqual(['invalid', 2]);
  });
});
