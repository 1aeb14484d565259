import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRolloutStream } from '../traffic/recorded-stream.ts';
import { sayWaiting } from './say-waiting.ts';

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

const answer = (startMs: number, status: number) => ({
  ...{ sequence: startMs, startMs, endMs: startMs + 4, status, errorCode: 0, vu: 1, identity: '' },
});

test('says what is waited for, and that nobody answers any more', async () => {
  const stream = createRolloutStream();
  const said: string[] = [];
  const over = Promise.withResolvers<string>();
  const done = sayWaiting(
    { what: 'the rollout to end', stream, now: Date.now, say: (text) => said.push(text) },
    () => over.promise,
  );
  stream.add(answer(900, 200), 'v1');
  stream.add(answer(950, 0), null);
  await vi.advanceTimersByTimeAsync(4_000);
  expect([...new Set(said)]).toEqual([
    'waits for the rollout to end',
    'waits for the rollout to end; no client has got an answer for 2 s',
    'waits for the rollout to end; no client has got an answer for 3 s',
  ]);
  stream.add(answer(4_500, 200), 'v2');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(said.at(-1)).toBe('waits for the rollout to end');
  over.resolve('ended');
  expect(await done).toBe('ended');
  expect(vi.getTimerCount()).toBe(0);
});

test('without load there is nobody to be silent', async () => {
  const said: string[] = [];
  const over = Promise.withResolvers<void>();
  const waiting = { what: 'pods', stream: undefined, now: Date.now, say: (text: string) => said.push(text) };
  const done = sayWaiting(waiting, () => over.promise);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(new Set(said)).toEqual(new Set(['waits for pods']));
  over.resolve();
  await done;
});
