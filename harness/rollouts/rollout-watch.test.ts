import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createFakeClusterClient } from '../testkit/fakes/fake-cluster-client.ts';
import { type DeclaredRollout, ROLLOUTS } from './rollout-object.ts';
import { watchRollout } from './rollout-watch.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const declared = {
  ref: { name: 'shop', namespace: 'web' },
  virtualService: 'shop',
} as DeclaredRollout;

function watched() {
  const client = createFakeClusterClient();
  client.put({ ...ROLLOUTS, namespace: 'web' }, { metadata: { name: 'shop' }, status: { phase: 'Paused' } });
  const over = new AbortController();
  return { client, over, watch: watchRollout(client, declared, () => 0, over.signal) };
}

test('waits until something holds, and leaves no timer', async () => {
  const { client, watch } = watched();
  const settled = watch.until((seen) => seen.statuses.length === 2, 'a second status', 60_000);
  client.put({ ...ROLLOUTS, namespace: 'web' }, { metadata: { name: 'shop' }, status: { phase: 'Healthy' } });
  await settled;
  expect(watch.statuses.map(({ status }) => status.phase)).toEqual(['Paused', 'Healthy']);
  expect(vi.getTimerCount()).toBe(0);
});

test('says what the controller said last when it does not hold in time', async () => {
  const { watch } = watched();
  const late = expect(watch.until(() => false, 'the end', 60_000)).rejects.toMatchObject({
    code: 'ROLLOUT_WAIT',
    hint: expect.stringContaining('Paused'),
  });
  vi.advanceTimersByTime(60_000);
  await late;
});

test('an abort ends a wait at once, and lets none begin, not even for what holds already', async () => {
  const { over, watch } = watched();
  const reason = new Error('interrupted');
  const waiting = expect(watch.until(() => false, 'the end', 60_000)).rejects.toBe(reason);
  over.abort(reason);
  await waiting;
  await expect(watch.until(() => true, 'nothing', 60_000)).rejects.toBe(reason);
  expect(vi.getTimerCount()).toBe(0);
  await watch.done;
});
