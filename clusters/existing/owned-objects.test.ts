import { expect, test } from 'vitest';
import { createFakeClusterClient } from '../../harness/testkit/fake-cluster-client.ts';
import { listOwned, removeOwned } from './owned-objects.ts';

const OURS = { 'canaryproof.dev/cluster': 'shop' };
const verbs = ['get', 'list', 'delete'];
const DISCOVERY: Readonly<Record<string, object>> = {
  '/apis': {
    groups: [
      { preferredVersion: { groupVersion: 'argoproj.io/v1alpha1' } },
      { preferredVersion: { groupVersion: 'apiextensions.k8s.io/v1' } },
    ],
  },
  '/api/v1': {
    resources: [
      { name: 'namespaces', kind: 'Namespace', verbs },
      { name: 'pods', kind: 'Pod', verbs },
      { name: 'namespaces/status', kind: 'Namespace', verbs },
      { name: 'bindings', kind: 'Binding', verbs: ['create'] },
    ],
  },
  '/apis/argoproj.io/v1alpha1': { resources: [{ name: 'applications', kind: 'Application', verbs }] },
  '/apis/apiextensions.k8s.io/v1': {
    resources: [{ name: 'customresourcedefinitions', kind: 'CustomResourceDefinition', verbs }],
  },
};

function cluster() {
  const fake = createFakeClusterClient();
  const client = { ...fake, getText: async (path: string) => JSON.stringify(DISCOVERY[path] ?? { resources: [] }) };
  const put = (apiVersion: string, resource: string, name: string, labels: object) =>
    fake.put({ apiVersion, resource }, { metadata: { name, labels: labels as Record<string, string> } });
  put('v1', 'namespaces', 'shop', OURS);
  put('v1', 'namespaces', 'theirs', {});
  put('v1', 'namespaces', 'other', { 'canaryproof.dev/cluster': 'other' });
  put('v1', 'pods', 'derived', OURS);
  put('argoproj.io/v1alpha1', 'applications', 'shop', OURS);
  put('apiextensions.k8s.io/v1', 'customresourcedefinitions', 'x', OURS);
  return { fake, client };
}

test('of every kind that the cluster serves, what carries our label and is nobody else’s to remove', async () => {
  const { client } = cluster();
  const owned = await listOwned(client, 'shop');
  expect(owned.map(({ kind, object }) => `${kind} ${object.metadata.name}`).sort()).toEqual([
    'Application shop',
    'CustomResourceDefinition x',
    'Namespace shop',
  ]);
});

test('applications go first, while their controller is there, and definitions last', async () => {
  const { fake, client } = cluster();
  expect(await removeOwned(client, 'shop')).toBe(3);
  expect(fake.writes.map((write) => write.split('/').slice(-2).join('/'))).toEqual([
    'applications/shop',
    'namespaces/shop',
    'customresourcedefinitions/x',
  ]);
  expect(await listOwned(client, 'shop')).toEqual([]);
  expect(await fake.list({ apiVersion: 'v1', resource: 'namespaces' })).toHaveLength(2);
});

test('what an istiod of ours wrote into the namespaces of others goes with it; an earlier one keeps its own', async () => {
  const { fake, client } = cluster();
  const namespaces = { apiVersion: 'v1', resource: 'namespaces' };
  fake.put(namespaces, {
    metadata: { name: 'istio-system', labels: OURS, creationTimestamp: '2026-01-02T00:00:00Z' },
  });
  const map = (name: string, namespace: string, creationTimestamp: string) => ({
    metadata: { name, namespace, creationTimestamp, labels: { 'istio.io/config': 'true' } },
  });
  const maps = [
    map('istio-ca-root-cert', 'theirs', '2026-01-02T00:00:05Z'),
    map('istio-ca-root-cert', 'older', '2026-01-01T00:00:00Z'),
    map('mesh-notes', 'theirs', '2026-01-02T00:00:05Z'),
  ];
  // the stand-in keeps each namespace apart: the list over all of them is answered here
  const list: typeof client.list = async (collection, selector) =>
    collection.resource === 'configmaps' ? maps : client.list(collection, selector);
  expect(await removeOwned({ ...client, list }, 'shop')).toBe(5);
  const written = fake.writes.filter((write) => write.includes('configmaps'));
  expect(written).toEqual([expect.stringMatching(/theirs.*istio-ca-root-cert/)]);
});
