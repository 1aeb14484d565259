import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { createBackoff, pause } from './backoff.ts';

test('pauses double up to the cap, spread over their upper half, and begin anew after a reset', () => {
  const least = createBackoff({ firstMs: 100, capMs: 350, random: () => 0 });
  expect([1, 2, 3, 4].map(() => least.next())).toEqual([50, 100, 175, 175]);
  least.reset();
  expect(least.next()).toBe(50);
  const most = createBackoff({ firstMs: 100, capMs: 350, random: () => 1 });
  expect([1, 2, 3].map(() => most.next())).toEqual([100, 200, 350]);
});

test('a pause ends with its signal and leaves no listener', async () => {
  const over = new AbortController();
  // the listener goes with the pause itself, not only with the signal
  await pause(1, over.signal);
  expect(getEventListeners(over.signal, 'abort')).toEqual([]);
  const long = pause(1_000_000, over.signal);
  over.abort();
  await long;
  await pause(1_000_000, over.signal);
  expect(getEventListeners(over.signal, 'abort')).toEqual([]);
});
