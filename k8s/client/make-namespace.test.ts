import { expect, test } from 'vitest';
import { createFakeClusterClient } from '../../harness/testkit/fakes/fake-cluster-client.ts';
import { makeNamespace } from './make-namespace.ts';

const NAMESPACES = { apiVersion: 'v1', resource: 'namespaces' };
const leaving = { metadata: { name: 'ours', deletionTimestamp: '2026-11-29T10:38:10Z' } };

test('makes one that is absent, and one that is there already, at once', async () => {
  const client = createFakeClusterClient();
  await makeNamespace(client, 'ours', { labels: { of: 'canaryproof' } });
  client.put(NAMESPACES, { metadata: { name: 'theirs' } });
  await makeNamespace(client, 'theirs');
  expect(client.applied.map(({ metadata }) => metadata)).toEqual([
    { name: 'ours', labels: { of: 'canaryproof' } },
    { name: 'theirs' },
  ]);
});

test('waits until an older one of that name is gone', async () => {
  const client = createFakeClusterClient();
  client.put(NAMESPACES, leaving);
  const making = makeNamespace(client, 'ours');
  await Promise.resolve();
  expect(client.applied).toEqual([]);
  client.remove(NAMESPACES, 'ours');
  await making;
  expect(client.applied).toHaveLength(1);
});

test('says which one does not go, and writes nothing into it', async () => {
  const client = createFakeClusterClient();
  client.put(NAMESPACES, leaving);
  await expect(makeNamespace(client, 'ours')).rejects.toThrow(/the deleted Namespace ours to be gone/);
  expect(client.applied).toEqual([]);
});
