import { expect, test } from 'vitest';
import { batchSize, runBatch, type TrialPlace } from './trial-batch.ts';

test('no load begins before every copy is there; one that is given up holds up nobody', async () => {
  const order: string[] = [];
  const slow = Promise.withResolvers<void>();
  const trial = (name: string, opens: Promise<unknown>) => async (place: TrialPlace) => {
    await opens;
    order.push(`${name} is there`);
    await place.everyoneReady();
    order.push(`load of ${name}`);
  };
  const running = runBatch([
    trial('a', Promise.resolve()),
    () => Promise.reject(new Error('not carried out')),
    trial('b', slow.promise),
  ]);
  const ended = Promise.allSettled(running);
  await new Promise((resolve) => setImmediate(resolve));
  expect(order).toEqual(['a is there']);
  slow.resolve();
  expect((await ended).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(order.slice(0, 2)).toEqual(['a is there', 'b is there']);
  expect(order.slice(2).sort()).toEqual(['load of a', 'load of b']);
});

test('canaries start one after the other, also when one of them fails', async () => {
  let starting = 0;
  let most = 0;
  const running = runBatch(
    [false, true, false].map(
      (fails) => (place: TrialPlace) =>
        place.inTurn(async () => {
          starting += 1;
          most = Math.max(most, starting);
          await new Promise((resolve) => setImmediate(resolve));
          starting -= 1;
          if (fails) throw new Error('no weight');
        }),
    ),
  );
  expect((await Promise.allSettled(running)).map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
  ]);
  expect(most).toBe(1);
});

test('as many at a time as what is idle carries, by their number and by their load; one at least', () => {
  const sixty = Array.from({ length: 9 }, () => 60);
  expect([1.7, 1.6, 1.2, 0.8, 0.3, 0].map((idle) => batchSize(sixty, idle))).toEqual([4, 4, 3, 2, 1, 1]);
  expect(batchSize([0, 0, 0, 0, 2, 2], 1.5)).toBe(3);
  expect(batchSize([20, 900, 20], 1.5)).toBe(1);
  expect(batchSize([900, 20], 1.5)).toBe(1);
  expect(batchSize([60, 60], 8)).toBe(2);
  expect(batchSize(Array(40).fill(2), 64)).toBe(12);
});
