import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeApiServer, startFakeApiServer } from '../../harness/testkit/fakes/fake-api-server.ts';
import { createClusterClient } from './cluster-client.ts';

const PODS = '/api/v1/namespaces/shop/pods';
const COLLECTION = { apiVersion: 'v1', resource: 'pods', namespace: 'shop' };
let server: FakeApiServer;
let over: AbortController;
let watching: Promise<void>;
beforeEach(async () => {
  server = await startFakeApiServer();
  over = new AbortController();
  server.put(PODS, { kind: 'Pod', metadata: { name: 'a' } });
});
afterEach(async () => {
  over.abort();
  await watching;
  await server[Symbol.asyncDispose]();
});
const follow = () => {
  watching = createClusterClient(server.kubeconfig).watch(COLLECTION, () => undefined, over.signal);
};
const opened = () => server.asked.filter(({ query }) => query.get('watch') === 'true').length;

test('a signal that outlives many connections has as many listeners after the last as after the first', async () => {
  follow();
  await server.watched(PODS);
  const first = getEventListeners(over.signal, 'abort').length;
  for (let connection = 2; connection <= 6; connection += 1) {
    server.expireWatches();
    await expect.poll(opened, { timeout: 30_000 }).toBe(connection);
    await server.watched(PODS);
  }
  expect(getEventListeners(over.signal, 'abort')).toHaveLength(first);
  over.abort();
  await watching;
  expect(getEventListeners(over.signal, 'abort')).toEqual([]);
});

test('whoever saw in the list what it waited for is not kept by a connection that nothing ends', async () => {
  const told: string[] = [];
  watching = createClusterClient(server.kubeconfig).watch(
    COLLECTION,
    (type, { metadata }) => {
      told.push(`${type} ${metadata.name}`);
      over.abort();
    },
    over.signal,
  );
  await watching;
  expect(told).toEqual(['ADDED a']);
  expect(opened()).toBe(0);
});
