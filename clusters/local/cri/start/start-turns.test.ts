import { expect, test } from 'vitest';
import { startTurns } from './start-turns.ts';

/** Two cores, of which so many are idle at a moment. */
function machine(idleCores: (atMs: number) => number) {
  let atMs = 0;
  let [idle, total] = [0, 0];
  const turn = startTurns({
    cores: 2,
    read: () => ({ idle, total }),
    now: () => atMs,
    pause: async (ms) => {
      idle += idleCores(atMs) * ms;
      total += 2 * ms;
      atMs += ms;
    },
  });
  return {
    startsAtMs: () => turn().then(() => atMs),
    passes: (ms: number) => {
      atMs += ms;
    },
  };
}

const four = async (idleCores: (atMs: number) => number) => {
  const { startsAtMs } = machine(idleCores);
  return Promise.all([startsAtMs(), startsAtMs(), startsAtMs(), startsAtMs()]);
};

test('the first starts at once, and on an idle machine the others a look later each', async () => {
  expect(await four(() => 1.5)).toEqual([0, 50, 100, 150]);
});

test('where every processor is in use, one after the other', async () => {
  expect(await four(() => 0)).toEqual([0, 1000, 2000, 3000]);
});

test('the next starts as soon as a processor is idle', async () => {
  expect(await four((atMs) => (atMs < 400 ? 0.1 : 1))).toEqual([0, 450, 500, 550]);
});

test('one that comes after a while waits for nobody', async () => {
  const { startsAtMs, passes } = machine(() => 0);
  await startsAtMs();
  passes(1_200);
  expect(await Promise.all([startsAtMs(), startsAtMs()])).toEqual([1200, 2200]);
});
