import { describe, expect, test } from 'vitest';
import type { LoadResult, LoadRunner } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import {
  APPLICATION_COLLECTION,
  application,
  createFakeScene,
  type FakeScene,
  hopsOf,
} from '../../testkit/fakes/fake-scene.ts';
import { drawnShare, scriptedLoad } from '../../testkit/fakes/scripted-load.ts';
import { fewOf, thorough } from '../../testkit/runner/thorough.ts';
import type { MovedWeightsClaim } from './declaration.ts';
import { judgeMovedWeights } from './judge.ts';

const MOVES = [
  { 'reviews-v1': 100, 'reviews-v3': 0 },
  { 'reviews-v1': 90, 'reviews-v3': 10 },
  { 'reviews-v1': 0, 'reviews-v3': 100 },
];
const RATE = 200;

interface Play {
  /** Argo CD does not deploy commits whose message holds it. */
  readonly asleep?: string;
  /** v3's share that clients get once that is declared, instead of it. */
  readonly shareAt?: Readonly<Record<number, number>>;
  readonly answer?: (sample: RequestSample) => RequestSample;
  readonly distort?: (result: LoadResult) => LoadResult;
  readonly onCommit?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/** Clients that send while the claim lets time pass, and get what the last commit says. */
async function prepared({
  asleep,
  shareAt = {},
  answer = (sample) => sample,
  distort = (result) => result,
  ...play
}: Play) {
  let share = 10;
  let emit: (ms: number) => void = () => undefined;
  let running = 0;
  const load: LoadRunner = {
    async run(request, prefix, onSample, signal) {
      running += 1;
      const taken: RequestSample[] = [];
      emit = (ms) => {
        const from = taken.length;
        const startsAt = scene.clock.ms;
        for (let n = 0; n < (ms * RATE) / 1000; n += 1) {
          const sequence = from + n;
          const version = drawnShare(sequence) < (shareAt[share] ?? share) / 100 ? 'v3' : 'v1';
          const startMs = startsAt + (n * 1000) / RATE;
          const sample = answer({
            ...{ sequence, startMs, endMs: startMs + 4, status: 200, errorCode: 0, vu: sequence % 20 },
            identity: hopsOf(version),
          });
          taken.push(sample);
          onSample(sample);
        }
      };
      emit(100);
      if (!signal.aborted)
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      running -= 1;
      const counted = await scriptedLoad(taken).run(request, prefix, () => 'continue', new AbortController().signal);
      return distort({ ...counted, wallMs: (taken.length / RATE) * 1000, stoppedEarly: true });
    },
  };
  const scene: FakeScene = await createFakeScene({
    load,
    ratePerSecond: RATE,
    ...(play.signal ? { signal: play.signal } : {}),
    async pause(ms) {
      scene.signal.throwIfAborted();
      emit(ms);
      scene.clock.ms += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
  });
  scene.client.put(APPLICATION_COLLECTION, application());
  scene.client.react = (write) => {
    if (!write.startsWith('commit ')) return;
    play.onCommit?.(write);
    if (asleep !== undefined && write.includes(asleep)) return;
    const [, weight] = /reviews-v3 (\d+)/.exec(write) ?? [];
    share = Number(weight ?? 10);
    scene.client.put(APPLICATION_COLLECTION, application({ revision: scene.source.repository.commits.at(-1)!.sha }));
  };
  const { split, path } = scene.claim('traffic-by-commit');
  const claim: MovedWeightsClaim = {
    ...{ id: 'shop/moved', title: 'nothing is lost', kind: 'moved-weights', split, path, moves: MOVES },
  };
  return { scene, claim, running: () => running };
}

async function judge(play: Play = {}) {
  const { scene, claim, running } = await prepared(play);
  const result = await judgeMovedWeights(claim, scene);
  expect(running()).toBe(0);
  expect(scene.source.files).toEqual(scene.source.history[0]?.files);
  return { ...result, messages: scene.source.history.map(({ commit }) => commit.message) };
}

test('every commit reaches clients and no request is lost: passed', async () => {
  const { claim, splits, findings, messages } = await judge();
  expect(claim.sentence).toMatch(
    /^None of \d+ requests were lost while commits moved the weights to reviews-v1 100, reviews-v3 0, then .*100\. Clients got the shares of each of 3 commits\.$/,
  );
  expect(claim.outcome).toBe('passed');
  expect(splits?.map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'passed']);
  expect(findings).toEqual([]);
  expect(messages.slice(1)).toEqual([
    'Move traffic: reviews-v1 100, reviews-v3 0',
    'Move traffic: reviews-v1 90, reviews-v3 10',
    'Move traffic: reviews-v1 0, reviews-v3 100',
    'Move traffic: put back',
  ]);
});

describe('fails', () => {
  test.each(
    fewOf(1, [
      ['by no answer', { status: 0, identity: '', errorCode: 1050 }],
      ['by a proxy', { status: 503, identity: '' }],
    ]),
  )('when one request is lost: %s', async (_, change) => {
    const answer = (sample: RequestSample) => (sample.sequence === 900 ? { ...sample, ...change } : sample);
    const { claim, findings } = await judge({ answer });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(/^1 of \d+ requests was lost/);
    expect(findings).toMatchObject([{ code: 'MOVE_LOST_REQUESTS', where: 'shop/moved' }]);
  });

  test('when the program of a version answers with an error of its own', async () => {
    const answer = (sample: RequestSample) => (sample.sequence === 900 ? { ...sample, status: 500 } : sample);
    expect((await judge({ answer })).claim.outcome).toBe('failed');
  });

  thorough('when clients do not get the shares of a commit', async () => {
    const { claim, findings } = await judge({ shareAt: { 100: 80 } });
    expect(claim.outcome).toBe('failed');
    expect(findings).toMatchObject([
      { code: 'MOVE_NOT_OBSERVED', sentence: expect.stringContaining('after the commit of reviews-v1 0') as string },
    ]);
  });

  test('when a commit is not deployed, and Git is put back', async () => {
    const { scene, claim, running } = await prepared({ asleep: 'reviews-v3 100' });
    await expect(judgeMovedWeights(claim, scene)).rejects.toMatchObject({ code: 'PROMISE_NOT_KEPT' });
    expect(scene.source.files).toEqual(scene.source.history[0]?.files);
    expect(running()).toBe(0);
  });
});

test('bad books are no verdict', async () => {
  const { claim, findings } = await judge({ distort: (result) => ({ ...result, droppedIterations: 500 }) });
  expect(claim.outcome).toBe('invalid');
  expect(findings).toEqual([]);
});

test('a run that is over says nothing', async () => {
  const over = new AbortController();
  const reason = new DOMException('time is up', 'TimeoutError');
  const { scene, claim } = await prepared({
    signal: over.signal,
    onCommit: (message) => message.includes('100, ') && over.abort(reason),
  });
  await expect(judgeMovedWeights(claim, scene)).rejects.toBe(reason);
});
