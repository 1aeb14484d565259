import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { pause } from './pause.ts';

test('it lasts as long as it says, and no timer or listener is left', async () => {
  const over = new AbortController();
  const startedAt = performance.now();
  await pause(20, over.signal);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(19);
  expect(getEventListeners(over.signal, 'abort')).toHaveLength(0);
});

test('an abort ends it at once, with the reason of whoever aborted', async () => {
  const over = new AbortController();
  const reason = new Error('Ctrl-C');
  const waiting = pause(3_600_000, over.signal);
  over.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  expect(getEventListeners(over.signal, 'abort')).toHaveLength(0);
});

test('it does not begin after an abort', async () => {
  await expect(pause(3_600_000, AbortSignal.abort('over'))).rejects.toBe('over');
});
