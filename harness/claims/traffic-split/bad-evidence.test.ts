/** Sample streams that were damaged on the way: `invalid` with the reason, never a verdict. */

import { expect, test } from 'vitest';
import type { LoadResult } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import { drawnVersion, scriptedLoad, steadySamples } from '../../testkit/fakes/scripted-load.ts';
import { createSilentProgress } from '../../testkit/fakes/silent-progress.ts';
import { fewOf } from '../../testkit/runner/thorough.ts';
import { runSplitPhase } from '../../traffic/split-phase.ts';
import { ASSURANCE } from '../../verdict/split-judge.ts';

const COUNT = 12_000;
const good = (): readonly RequestSample[] => [...steadySamples(COUNT, drawnVersion(0.1))];

async function judge(samples: readonly RequestSample[], books: (result: LoadResult) => LoadResult = (same) => same) {
  let handedOver = 0;
  const { split, books: booked } = await runSplitPhase(
    {
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
    },
    {
      load: scriptedLoad(samples, books),
      samples: {
        write() {
          handedOver += 1;
        },
      },
      progress: createSilentProgress(),
      now: () => 0,
    },
    new AbortController().signal,
  );
  return { split, codes: booked.problemCodes ?? [], handedOver };
}

const BAD: readonly [string, readonly RequestSample[], ((result: LoadResult) => LoadResult) | undefined, string][] = [
  ['cut short', good().slice(0, 9000), (result) => ({ ...result, sent: result.sent + 3000 }), 'samples-lost'],
  ['doubled', good().flatMap((sample) => [sample, sample]), undefined, 'duplicates'],
  ['every second one gone', good().filter(({ sequence }) => sequence % 2 === 1), undefined, 'gaps'],
  [
    'a clock set back',
    good().map((sample) =>
      sample.sequence < 2000 ? sample : { ...sample, startMs: sample.startMs - 5000, endMs: sample.endMs - 5000 },
    ),
    undefined,
    'clock-backwards',
  ],
  [
    'answers that end before they begin',
    good().map((sample) => (sample.sequence === 70 ? { ...sample, endMs: sample.startMs - 1 } : sample)),
    undefined,
    'clock-backwards',
  ],
  [
    'a clock an hour ahead of ours',
    good(),
    (result) => ({ ...result, clockOffsetMs: { atLeast: 3_600_000, atMost: 3_601_000 } }),
    'clock-offset',
  ],
  [
    'answers without a name',
    good().map((sample) => (sample.sequence === 70 ? { ...sample, identity: '' } : sample)),
    undefined,
    'unattributed',
  ],
];

test.each(fewOf(3, BAD))('%s: invalid', { timeout: 60_000 }, async (_, samples, books, code) => {
  const { split, codes } = await judge(samples, books);
  expect(split).toMatchObject({ outcome: 'invalid', reason: 'books' });
  expect(codes).toContain(code);
});

test('a lost sample ends the load as soon as it can no longer come', { timeout: 60_000 }, async () => {
  const { handedOver } = await judge(good().filter(({ sequence }) => sequence !== 10));
  // One request a millisecond; one second for an answer and five for telling of it.
  expect(handedOver).toBeGreaterThan(5900);
  expect(handedOver).toBeLessThan(6200);
});

test('out of order is no damage: the verdict is that of the order of starts', { timeout: 60_000 }, async () => {
  const swapped = good().toSorted((a, b) => (a.sequence ^ 7) - (b.sequence ^ 7));
  const [right, shuffled] = [
    await judge(good()),
    await judge(swapped, (result) => ({ ...result, interrupted: 8, sent: result.sent + 8 })),
  ];
  expect(shuffled.split).toMatchObject({ outcome: 'passed', samples: right.split.samples });
});

test('a version that nobody declared is a fail at once, since no declared split gives it traffic', async () => {
  const samples = good().map((sample) => (sample.sequence === 30 ? { ...sample, identity: 'v9' } : sample));
  expect((await judge(samples)).split).toMatchObject({ outcome: 'failed', reason: 'forbidden-arm', samples: 31 });
});
