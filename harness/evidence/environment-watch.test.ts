import { expect, test } from 'vitest';
import { type EnvironmentSample, watchEnvironment } from './environment-watch.ts';

/** Ends after so many rounds, each a second by its own clock. */
function watched(rounds: number, ask: (which: string, round: number) => Promise<number>, takesMs: () => number) {
  const over = new AbortController();
  let ms = 0;
  let round = 0;
  const told: EnvironmentSample[] = [];
  const watch = watchEnvironment(
    {
      ask: (which) => ask(which, round),
      now: () => ms,
      async pause(forMs) {
        ms += forMs + takesMs();
        round += 1;
        await new Promise((resolve) => setImmediate(resolve));
        if (round === rounds) {
          over.abort(new Error('over'));
          throw over.signal.reason;
        }
      },
      stalledMicroseconds: async () => ms * 250,
      acceptQueue: async () => round,
    },
    { periodMs: 1_000, signal: over.signal },
    (sample) => told.push(sample),
  );
  return { watch, told };
}

test('a control that nobody answers holds up none of those after it', async () => {
  const never = new Promise<number>(() => undefined);
  const { watch, told } = watched(
    4,
    (which, round) => (which === 'control' && round === 1 ? never : Promise.resolve(200)),
    () => 0,
  );
  await watch.done;
  expect(watch.samples.map(({ control }) => [control.sentMs, control.endMs === undefined])).toEqual([
    [0, false],
    [1_000, true],
    [2_000, false],
    [3_000, false],
  ]);
  expect(told.map(({ atMs }) => atMs)).not.toContain(1_000);
  expect(watch.samples.map(({ cpuPressure }) => cpuPressure)).toEqual([undefined, 0.25, 0.25, 0.25]);
  expect(watch.samples.map(({ acceptQueue }) => acceptQueue)).toEqual([0, 1, 2, 3]);
});

test('says how late it got its turn', async () => {
  let late = 0;
  const { watch } = watched(
    3,
    async () => 503,
    () => (late += 400),
  );
  await watch.done;
  expect(watch.samples.map(({ lagMs }) => lagMs)).toEqual([0, 400, 800]);
  expect(watch.samples.map(({ gateway }) => gateway.status)).toEqual([503, 503, 503]);
});

test('what is slow to read holds up no control, and is unknown meanwhile', async () => {
  const over = new AbortController();
  let ms = 0;
  const reads: ((waiting: number) => void)[] = [];
  const watch = watchEnvironment(
    {
      ask: async () => 200,
      now: () => ms,
      async pause(forMs) {
        ms += forMs;
        await new Promise((resolve) => setImmediate(resolve));
        if (ms === 3_000) reads.shift()?.(512);
        if (ms < 5_000) return;
        over.abort(new Error('over'));
        throw over.signal.reason;
      },
      stalledMicroseconds: async () => 0,
      acceptQueue: () => new Promise((resolve) => reads.push(resolve)),
    },
    { periodMs: 1_000, signal: over.signal },
    () => undefined,
  );
  await watch.done;
  expect(watch.samples.map(({ control }) => control.sentMs)).toEqual([0, 1_000, 2_000, 3_000, 4_000]);
  expect(watch.samples.map(({ acceptQueue }) => acceptQueue)).toEqual([
    512,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
