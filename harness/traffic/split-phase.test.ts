import { describe, expect, test } from 'vitest';
import { environmentError } from '../errors/harness-error.ts';
import type { LoadResult } from '../ports/load.ts';
import type { RequestSample } from '../ports/request-sample.ts';
import { drawnVersion, scriptedLoad, steadySamples } from '../testkit/fakes/scripted-load.ts';
import { createSilentProgress } from '../testkit/fakes/silent-progress.ts';
import { fewOf } from '../testkit/runner/thorough.ts';
import type { EnvironmentHealth } from '../verdict/environment-health.ts';
import { ASSURANCE } from '../verdict/split-judge.ts';
import { runSplitPhase } from './split-phase.ts';
import type { SplitPhase } from './split-phase-input.ts';

const PHASE: SplitPhase = {
  id: 'direct',
  claimId: 'test/split',
  title: 'split',
  path: 'direct',
  expectation: {
    arms: [
      { name: 'v1', share: 0.9 },
      { name: 'v2', share: 0.1 },
    ],
    ...ASSURANCE.default,
    lookEvery: 20,
  },
  load: {
    phase: 'direct',
    url: 'http://127.0.0.1:1/',
    headers: {},
    hosts: {},
    identify: { kind: 'header', name: 'x-version' },
    ratePerSecond: 1000,
    maxDurationMs: 60_000,
    preAllocatedVus: 100,
    requestTimeoutMs: 1000,
    newConnectionPerRequest: false,
  },
  argvPrefix: [],
  warmUpRequests: 0,
  generatorCores: 2,
  armOf: ({ identity }) => (identity === '' ? null : identity),
};

interface Scene {
  readonly phase?: Partial<SplitPhase>;
  readonly distort?: (result: LoadResult) => LoadResult;
  readonly signal?: AbortSignal;
  readonly environment?: EnvironmentHealth;
}

async function judge(samples: Iterable<RequestSample>, { phase = {}, distort, signal, environment }: Scene = {}) {
  const written: RequestSample[] = [];
  const progress = createSilentProgress();
  let clock = 0;
  const result = await runSplitPhase(
    { ...PHASE, ...phase },
    {
      load: scriptedLoad(samples, distort),
      samples: { write: (sample) => void written.push(sample) },
      progress,
      environment,
      now: () => (clock += 10),
    },
    signal ?? new AbortController().signal,
  );
  return { ...result, written, told: progress.told };
}

describe('verdict', () => {
  test('a split as declared passes, and the load stops there', async () => {
    const { split, books, written } = await judge(steadySamples(50_000, drawnVersion(0.1)));
    expect(split).toMatchObject({ outcome: 'passed', reason: 'within-margin', errors: 0, unattributed: 0 });
    expect(split.samples).toBeLessThan(20_000);
    expect(written).toHaveLength(split.samples);
    expect(books).toMatchObject({ outcome: 'passed', sent: split.samples, problems: [] });
    expect(books.answeredByArm.map(({ arm }) => arm)).toEqual(['v1', 'v2']);
    expect(split.latencyMs?.p99).toBeCloseTo(4, 1);
    expect(split.requestsPerSecond).toBeCloseTo(1000, 0);
  });

  test('a split off by five points fails', async () => {
    const { split } = await judge(steadySamples(50_000, drawnVersion(0.15)));
    expect(split).toMatchObject({ outcome: 'failed', reason: 'e-value' });
  });

  test('one answer from an arm nobody declared fails, and is named in the books', async () => {
    const { split, books } = await judge(steadySamples(5000, (n) => (n === 30 ? 'v9' : 'v1')));
    expect(split).toMatchObject({ outcome: 'failed', reason: 'forbidden-arm', samples: 31 });
    expect(books.answeredByArm.at(-1)).toEqual({ arm: 'v9', count: 1 });
  });

  test('no requests at all: inconclusive', async () => {
    expect((await judge([])).split).toMatchObject({ outcome: 'inconclusive', reason: 'no-requests', samples: 0 });
  });

  test('the time is up: inconclusive for that reason', async () => {
    const { split } = await judge(steadySamples(400, drawnVersion(0.1)));
    expect(split).toMatchObject({ outcome: 'inconclusive', reason: 'time-budget', samples: 400 });
  });

  test('interrupted: inconclusive for that reason', async () => {
    const controller = new AbortController();
    const interrupt = (sample: RequestSample) => {
      if (sample.sequence === 99) controller.abort();
      return sample;
    };
    const { split } = await judge(steadySamples(400, drawnVersion(0.1), interrupt), { signal: controller.signal });
    expect(split).toMatchObject({ outcome: 'inconclusive', reason: 'interrupted' });
  });

  test('what an interruption leaves behind a request in flight is no pass, and stays on record', async () => {
    const controller = new AbortController();
    // enough to decide, were the first request not still on its way
    const late = steadySamples(5001, drawnVersion(0.1), (sample) => {
      if (sample.sequence === 5000) controller.abort(new DOMException('time is up', 'TimeoutError'));
      return sample;
    });
    late.next();
    const inFlight = (result: LoadResult) => ({ ...result, sent: result.sent + 1, interrupted: 1 });
    const { split, books } = await judge(late, { signal: controller.signal, distort: inFlight });
    expect(split).toMatchObject({ outcome: 'inconclusive', reason: 'interrupted' });
    expect(split.sentence).toMatch(/^Cut short: the time budget of the run was spent/);
    expect(split.samples).toBeGreaterThan(1000);
    expect(books.outcome).toBe('passed');
  });

  test('what was decided before the interruption stands', async () => {
    const controller = new AbortController();
    const abortAtTheEnd = (result: LoadResult) => {
      controller.abort();
      return result;
    };
    const samples = steadySamples(50_000, drawnVersion(0.1));
    const { split } = await judge(samples, { signal: controller.signal, distort: abortAtTheEnd });
    expect(split).toMatchObject({ outcome: 'passed', reason: 'within-margin' });
  });
});

describe('what counts', () => {
  test('warm-up requests are recorded and booked, not judged', async () => {
    const samples = steadySamples(50_000, (n) => (n < 1000 ? 'v1' : drawnVersion(0.1)(n)));
    const { split, books, written, series } = await judge(samples, { phase: { warmUpRequests: 1000 } });
    expect(split.outcome).toBe('passed');
    expect(written.length).toBe(split.samples + 1000);
    expect(books.sent).toBe(split.samples + 1000);
    expect(series.bins[0]).toMatchObject({ n: 1000, share: 0 });
  });

  test('requests are judged in start order, however late the canary answers', async () => {
    // Completion order puts every canary answer of a hundred requests behind all stable ones.
    const late: RequestSample[] = [];
    for (const batch of batches([...steadySamples(60_000, drawnVersion(0.1))], 100))
      late.push(
        ...batch.filter(({ identity }) => identity === 'v1'),
        ...batch.filter(({ identity }) => identity === 'v2'),
      );
    const inOrder = await judge(steadySamples(60_000, drawnVersion(0.1)));
    // The rest of the last batch is in flight when the load stops.
    const inFlight = (result: LoadResult) => ({ ...result, sent: result.sent + 100, interrupted: 100 });
    const { split } = await judge(late, { distort: inFlight });
    expect(split.outcome).toBe('passed');
    expect(split.samples).toBe(inOrder.split.samples);
    expect(split.trajectory).toEqual(inOrder.split.trajectory);
  });

  test('a 5xx is an error even if it is signed; an unsigned answer is unattributed and spoils the books', async () => {
    const { split, books } = await judge(
      steadySamples(2000, drawnVersion(0.1), (sample) =>
        sample.sequence % 100 === 7
          ? { ...sample, status: 503 }
          : sample.sequence === 50
            ? { ...sample, identity: '' }
            : sample,
      ),
    );
    expect(books).toMatchObject({ errors: 20, unattributed: 1, outcome: 'invalid' });
    expect(split).toMatchObject({ errors: 20, unattributed: 1, outcome: 'invalid', reason: 'books' });
  });

  test('behind the first request that was cut off nothing is said about shares over time: the fast are over-represented', async () => {
    const told: number[] = [];
    const onInOrder = ({ sequence }: RequestSample) => void told.push(sequence);
    // v1 is overloaded when the load ends: of the last 200 only the canary's answers came
    const drawn = drawnVersion(0.1);
    const samples = [...steadySamples(1_000, drawn)].filter(
      ({ sequence }) => sequence < 800 || drawn(sequence) === 'v2',
    );
    await judge(samples, { phase: { onInOrder } });
    expect(told).toEqual(Array.from({ length: told.length }, (_, sequence) => sequence));
    expect(told.length).toBeGreaterThanOrEqual(800);
    expect(told.length).toBeLessThan(820);
  });

  test('what the stop cut off is interrupted, not an error', async () => {
    let stopped = false;
    const { books, split } = await runSplitPhase(
      PHASE,
      {
        load: {
          async run(request, prefix, onSample, signal) {
            const result = await scriptedLoad(steadySamples(50_000, drawnVersion(0.3))).run(
              request,
              prefix,
              (sample) => {
                const answer = onSample(sample);
                if (answer === 'stop' && !stopped) {
                  stopped = true;
                  onSample({ ...sample, sequence: sample.sequence + 1, status: 0, errorCode: 1000, identity: '' });
                }
                return answer;
              },
              signal,
            );
            return { ...result, sent: result.sent + 1, received: result.received + 1 };
          },
        },
        samples: { write: () => undefined },
        progress: createSilentProgress(),
        now: () => 0,
      },
      new AbortController().signal,
    );
    expect(split.outcome).toBe('failed');
    expect(books).toMatchObject({ errors: 0, interrupted: 1, outcome: 'passed' });
  });

  test('the share per second, for the arm with the smallest share', async () => {
    const { series, followedArm } = await judge(
      steadySamples(2500, (n) => (n % 10 === 0 ? 'v2' : 'v1')),
      {
        phase: { expectation: { ...PHASE.expectation, ...ASSURANCE.nightly } },
      },
    );
    expect(followedArm).toBe('v2');
    expect(series).toMatchObject({ path: 'direct', arm: 'v2' });
    expect(series.bins).toHaveLength(3);
    expect(series.bins[0]).toMatchObject({ n: 1000, share: 0.1 });
    expect(series.bins[0]!.low).toBeCloseTo(0.0783, 3); // Wilson, 100 of 1000 at 99 %
  });
});

describe('bad evidence is never a verdict', () => {
  const good = () => steadySamples(50_000, drawnVersion(0.1));
  test.each<[string, (result: LoadResult) => LoadResult, RegExp]>(
    fewOf(2, [
      ['lost samples', (result) => ({ ...result, sent: result.sent + 500 }), /500 lost/],
      ['dropped iterations', (result) => ({ ...result, droppedIterations: 7 }), /7 iterations dropped/],
      ['a saturated generator', (result) => ({ ...result, generatorCpuSeconds: 1.9 }), /generator used/],
      ['samples that never reached us', (result) => ({ ...result, received: result.received + 3 }), /booked/],
    ]),
  )('%s', async (_, distort, problem) => {
    const { split, books } = await judge(good(), { distort });
    expect(split).toMatchObject({ outcome: 'invalid', reason: 'books' });
    expect(books.problems.join()).toMatch(problem);
    expect(split.sentence).toMatch(problem);
  });

  test('a request that is told twice', async () => {
    const { split } = await judge(twice(good()));
    expect(split.outcome).toBe('invalid');
  });
});

describe('losses', () => {
  /** Every tenth request of half a second gets no answer. */
  const lossy = (share: number) =>
    steadySamples(50_000, drawnVersion(share), (sample) =>
      sample.sequence < 500 && sample.sequence % 10 === 3 ? { ...sample, status: 0, identity: '' } : sample,
    );
  const [first] = steadySamples(1, drawnVersion(0.1));
  const unhealthy = (fromMs: number, toMs: number): EnvironmentHealth => ({
    unhealthy: () => [{ fromMs: first!.startMs + fromMs, toMs: first!.startMs + toMs, why: 'a test' }],
  });

  test('that the control shares make a split that did not pass invalid', async () => {
    const { split, books } = await judge(lossy(0.15), { environment: unhealthy(0, 500) });
    expect(split).toMatchObject({ outcome: 'invalid', reason: 'books' });
    expect(books.problemCodes).toEqual(['losses-shared']);
  });

  test('of which it does not share one are the subject’s', async () => {
    const { split, books } = await judge(lossy(0.15), { environment: unhealthy(-9_000, -8_000) });
    expect([split.outcome, books.outcome]).toEqual(['failed', 'passed']);
  });

  test('take nothing from a share that was proven in spite of them', async () => {
    const { split, books } = await judge(lossy(0.1), { environment: unhealthy(0, 500) });
    expect([split.outcome, books.outcome]).toEqual(['passed', 'passed']);
  });
});

test('live figures are shown while it runs', async () => {
  const { told } = await judge(steadySamples(50_000, drawnVersion(0.1)));
  expect(told[0]).toBe('start split');
  expect(told).toContainEqual(
    expect.stringMatching(
      /^update split: Declared 10 % · Observed \d+\.\d % \[.*\] · n [\d ]+ · evidence \d+\.\d\/6\.9$/,
    ),
  );
  expect(told.at(-1)).toMatch(/^done split: Of /);
});

test('an error of the load or of the recording passes through', async () => {
  const broken = environmentError('DISK_FULL', 'no space');
  const run = runSplitPhase(
    PHASE,
    {
      load: scriptedLoad(steadySamples(10, drawnVersion(0.1))),
      samples: {
        write: () => {
          throw broken;
        },
      },
      progress: createSilentProgress(),
      now: () => 0,
    },
    new AbortController().signal,
  );
  await expect(run).rejects.toBe(broken);
});

function* batches<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

function* twice(samples: Iterable<RequestSample>): Generator<RequestSample> {
  for (const sample of samples) {
    yield sample;
    if (sample.sequence === 10) yield sample;
  }
}
