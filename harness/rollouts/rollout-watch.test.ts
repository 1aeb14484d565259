import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { environmentKeeps, subjectKeeps } from '../scene/promise.ts';
import { createFakeClusterClient } from '../testkit/fakes/fake-cluster-client.ts';
import { meshedPod } from '../testkit/fakes/fake-scene.ts';
import { type DeclaredRollout, ROLLOUTS, VIRTUAL_SERVICES } from './rollout-object.ts';
import { watchRollout } from './rollout-watch.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const MINUTE = { what: 'the end', timeoutMs: 60_000 };
const declared = {
  ref: { name: 'shop', namespace: 'web' },
  virtualService: 'shop',
  routes: [] as readonly string[],
  canaryService: 'shop-canary',
} as DeclaredRollout;

function watched() {
  const client = createFakeClusterClient();
  client.put({ ...ROLLOUTS, namespace: 'web' }, { metadata: { name: 'shop' }, status: { phase: 'Paused' } });
  const over = new AbortController();
  return { client, over, watch: watchRollout(client, declared, () => 0, over.signal) };
}

test('waits until something holds, and leaves no timer', async () => {
  const { client, watch } = watched();
  const settled = watch.until((seen) => seen.statuses.length === 2, environmentKeeps(MINUTE));
  client.put({ ...ROLLOUTS, namespace: 'web' }, { metadata: { name: 'shop' }, status: { phase: 'Healthy' } });
  await settled;
  expect(watch.statuses.map(({ status }) => status.phase)).toEqual(['Paused', 'Healthy']);
  expect(vi.getTimerCount()).toBe(0);
});

describe('when it does not hold in time, whoever promised it did not keep it', () => {
  test('the subject: what the controller said instead is in the message', async () => {
    const { watch } = watched();
    const late = expect(watch.until(() => false, subjectKeeps(MINUTE))).rejects.toMatchObject({
      name: 'PromiseNotKept',
      code: 'PROMISE_NOT_KEPT',
      message: expect.stringContaining('the end: not within 60.0 s; the Rollout was Paused'),
    });
    vi.advanceTimersByTime(60_000);
    await late;
  });

  test('the environment', async () => {
    const { watch } = watched();
    const late = expect(watch.until(() => false, environmentKeeps(MINUTE))).rejects.toMatchObject({
      code: 'WAIT_TIMEOUT',
      hint: expect.stringContaining('Paused'),
    });
    vi.advanceTimersByTime(60_000);
    await late;
  });

  test.each([
    ['pods that the subject needs are not ready', [meshedPod('canary-1', { ready: false })], 'PODS_NOT_READY'],
    ['they are on their way out', [{ metadata: { name: 'old', deletionTimestamp: 'now' } }], 'PROMISE_NOT_KEPT'],
  ])('%s', async (_, pods, code) => {
    const { client, watch } = watched();
    client.list = async () => pods;
    const promise = subjectKeeps({ ...MINUTE, needsPodsOf: 'web' });
    const late = expect(watch.until(() => false, promise)).rejects.toMatchObject({ code });
    vi.advanceTimersByTime(60_000);
    await late;
  });

  test('nobody knows what the subject did when the API server is gone', async () => {
    const { client, watch } = watched();
    client.getText = () => Promise.reject(new TypeError('fetch failed'));
    const late = expect(watch.until(() => false, subjectKeeps(MINUTE))).rejects.toMatchObject({
      code: 'API_SERVER_GONE',
    });
    vi.advanceTimersByTime(60_000);
    await late;
  });
});

test('an abort ends a wait at once, and lets none begin, not even for what holds already', async () => {
  const { over, watch } = watched();
  const reason = new Error('interrupted');
  const waiting = expect(watch.until(() => false, subjectKeeps(MINUTE))).rejects.toBe(reason);
  over.abort(reason);
  await waiting;
  await expect(watch.until(() => true, subjectKeeps(MINUTE))).rejects.toBe(reason);
  expect(vi.getTimerCount()).toBe(0);
  await watch.done;
});

test('keeps who wrote a weight and when the API server says so at the latest', () => {
  const { client, watch } = watched();
  const route = (weight: number, time: string) => ({
    metadata: {
      name: declared.virtualService,
      managedFields: [
        { manager: 'argocd', time: '2026-01-02T00:00:00Z', fieldsV1: { 'f:spec': { 'f:hosts': {} } } },
        { manager: 'rollouts', time, fieldsV1: { 'f:spec': { 'f:http': {} } } },
        { manager: 'rollouts', time: '2026-01-02T09:00:00Z', fieldsV1: { 'f:metadata': {} } },
      ],
    },
    spec: {
      http: [{ route: [{ destination: { host: declared.canaryService }, weight }] }],
    },
  });
  client.put({ ...VIRTUAL_SERVICES, namespace: 'web' }, route(10, '2026-01-02T00:00:07Z'));
  expect(watch.weights).toMatchObject([
    { weight: 10, writer: 'rollouts', writtenMs: Date.parse('2026-01-02T00:00:08Z') },
  ]);
});
