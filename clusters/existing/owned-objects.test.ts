import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fewOf } from '../../harness/testkit/runner/thorough.ts';
import { openStrictCluster, type StrictCluster } from '../../harness/testkit/strict-cluster.ts';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../k8s/client/object.ts';
import { createOwnedClient } from '../../k8s/client/owned-client.ts';
import { findIstioTraces, removeIstioTraces } from './istio-traces.ts';
import { listOwned, removeOwned } from './owned-objects.ts';
import { reapLoad } from './reap-load.ts';

const OWNER = { cluster: 'shop', installation: 'f00d', expiresAt: 1_800_000_000_000 };
const TIMES = { goneMs: 100, pollMs: 5 };
const MAPS = { apiVersion: 'v1', resource: 'configmaps' } as const;
const APPLICATIONS = { apiVersion: 'argoproj.io/v1alpha1', resource: 'applications', namespace: 'argocd' };
const object = (apiVersion: string, kind: string, name: string, rest: object = {}): KubeObject =>
  ({ apiVersion, kind, metadata: { name }, ...rest }) as KubeObject;

let cluster: StrictCluster;
let owned: ClusterClient;
beforeEach(async () => {
  cluster = await openStrictCluster();
  owned = createOwnedClient(cluster.proxy.kubeconfig, { owner: OWNER, mayShare: () => true });
  const definition = {
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'things', kind: 'Thing' },
      versions: [{ name: 'v1', served: true }],
    },
  };
  await owned.apply([object('v1', 'Namespace', 'mine')]);
  await owned.apply([
    object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'things.example.com', definition),
    { ...object('argoproj.io/v1alpha1', 'Application', 'mine'), metadata: { name: 'mine', namespace: 'argocd' } },
    // served in a version that its group does not prefer
    {
      ...object('networking.istio.io/v1alpha3', 'EnvoyFilter', 'mine'),
      metadata: { name: 'mine', namespace: 'istio-system' },
    },
  ]);
});
afterEach(() => cluster[Symbol.asyncDispose]());
const names = async () =>
  (await listOwned(cluster.admin, 'f00d')).map(({ kind, object: { metadata } }) => `${kind} ${metadata.name}`).sort();
const deletions = () =>
  cluster.server.writes
    .filter((write) => write.startsWith('DELETE'))
    .map((write) => write.split('/').slice(-2).join('/'));
const remove = () => removeOwned(cluster.admin, owned, OWNER, TIMES);

test('of every kind in every version that is served, what we made there, and no copy of it', async () => {
  const { labels, annotations } = (await cluster.admin.get(APPLICATIONS, 'mine'))!.metadata;
  const copy = { ...object('v1', 'ConfigMap', 'copy'), metadata: { name: 'copy', labels, annotations } };
  await cluster.admin.create({ ...MAPS, namespace: 'theirs' }, copy);
  expect(await names()).toEqual([
    'Application mine',
    'CustomResourceDefinition things.example.com',
    'EnvoyFilter mine',
    'Namespace mine',
  ]);
});

test('applications go first, while their controller is there, and definitions last; then everything is looked at again', async () => {
  expect(await remove()).toBe(4);
  expect(deletions()).toEqual([
    'applications/mine',
    'namespaces/mine',
    'envoyfilters/mine',
    'customresourcedefinitions/things.example.com',
  ]);
  expect(await names()).toEqual([]);
});

test('a definition of ours stays while others have objects of its kind, which would go with it', async () => {
  const things = { apiVersion: 'example.com/v1', resource: 'things', namespace: 'theirs' };
  await cluster.admin.create(things, object('example.com/v1', 'Thing', 'theirs'));
  await expect(remove()).rejects.toMatchObject({
    ...{ code: 'DEFINITION_IN_USE', message: expect.stringContaining('theirs/theirs') },
  });
  expect(await cluster.admin.get(things, 'theirs')).toBeDefined();
  await cluster.admin.delete(things, 'theirs');
  await remove();
});

test('what a controller of ours makes while we remove is seen by the second look', async () => {
  const late: ClusterClient = {
    ...owned,
    async delete(collection, name, only) {
      await owned.delete(collection, name, only);
      if (collection.resource === 'customresourcedefinitions')
        await owned.apply([{ ...object('v1', 'ConfigMap', 'late'), metadata: { name: 'late', namespace: 'theirs' } }]);
    },
  };
  await expect(removeOwned(cluster.admin, late, OWNER, TIMES)).rejects.toMatchObject({
    ...{ code: 'OBJECTS_REMAIN', message: expect.stringContaining('ConfigMap late') },
  });
  await remove();
});

test('what cannot be removed is named', async () => {
  // a server that says yes and does nothing, as with a finalizer
  cluster.proxy.plan({ method: 'DELETE', fault: 404, strikes: () => true });
  await expect(remove()).rejects.toMatchObject({
    code: 'OBJECTS_REMAIN',
    message: expect.stringContaining('Application mine'),
  });
});

test.each(fewOf(1, [403, 404, 503, 'truncated'] as const))(
  'a kind that cannot be listed (%s) may hold something of ours',
  async (fault) => {
    const client = createOwnedClient(cluster.proxy.kubeconfig, { owner: OWNER, mayShare: () => true });
    // one of the many lists, and nothing else
    const strikes = (_index: number, url: string) => url.includes('/envoyfilters?');
    cluster.proxy.plan({ method: 'GET', fault, strikes });
    await expect(removeOwned(client, owned, OWNER, TIMES)).rejects.toMatchObject({ exitCode: 3 });
    expect(cluster.proxy.struck).toBeGreaterThan(0);
    expect(deletions()).toEqual([]);
  },
);

test('an API that a server of ours answered holds nothing any more; one of others that is away may', async () => {
  const api = (name: string, group: string) =>
    object('apiregistration.k8s.io/v1', 'APIService', name, { spec: { group, version: 'v1' } });
  await owned.apply([api('v1.metrics.example.com', 'metrics.example.com')]);
  // discovery names the group, and nobody answers for it
  const client: ClusterClient = {
    ...cluster.admin,
    async getText(path) {
      if (path.startsWith('/apis/metrics.example.com')) return cluster.admin.getText('/apis/nobody/v1');
      const text = await cluster.admin.getText(path);
      if (path !== '/apis') return text;
      const groups = JSON.parse(text) as { groups: object[] };
      const version = { groupVersion: 'metrics.example.com/v1' };
      groups.groups.push({ name: 'metrics.example.com', versions: [version], preferredVersion: version });
      return JSON.stringify(groups);
    },
  };
  expect(await listOwned(client, 'f00d', TIMES)).toHaveLength(5);
  await expect(listOwned(client, 'beef', TIMES)).rejects.toMatchObject({ code: 'REMOVAL_UNCERTAIN' });
});

test('load that a dead harness left goes by its label, and that of others stays', async () => {
  const job = (name: string, namespace: string): KubeObject => ({
    ...object('batch/v1', 'Job', name),
    metadata: { name, namespace, labels: { 'canaryproof.dev/load': name } },
  });
  await owned.apply([job('k6-left', 'mine')]);
  const theirs = { apiVersion: 'batch/v1', resource: 'jobs', namespace: 'theirs' };
  await cluster.admin.create(theirs, job('k6-theirs', 'theirs'));
  expect(await reapLoad(cluster.admin, owned, 'f00d')).toBe(1);
  expect(deletions()).toEqual(['jobs/k6-left']);
});

describe('what an istiod of ours wrote into the namespaces of others', () => {
  const map = (
    name: string,
    namespace: string,
    data: object,
    creationTimestamp = '2026-01-02T00:00:05Z',
  ): KubeObject => ({
    ...object('v1', 'ConfigMap', name, { data }),
    metadata: {
      name,
      namespace,
      creationTimestamp,
      uid: 'u',
      resourceVersion: '1',
      labels: { 'istio.io/config': 'true' },
    },
  });
  const ours = { 'root-cert.pem': 'ours' };
  const maps = [
    map('istio-ca-root-cert', 'istio-system', ours),
    map('istio-ca-root-cert', 'theirs', ours),
    map('istio-ca-root-cert', 'older', ours, '2025-01-01T00:00:00Z'),
    map('istio-ca-root-cert', 'of-another-istiod', { 'root-cert.pem': 'theirs' }),
    map('mesh-notes', 'theirs', ours),
  ];
  const removed: string[] = [];
  const withMaps = (): ClusterClient => ({
    ...cluster.admin,
    list: async ({ namespace }) =>
      maps.filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace),
    delete: async ({ namespace }, name, only) => void removed.push(`${namespace}/${name} ${only?.uid}`),
  });

  test('goes with it, by its content; what an earlier or another one wrote stays', async () => {
    await cluster.admin.delete({ apiVersion: 'v1', resource: 'namespaces' }, 'istio-system');
    await owned.apply([object('v1', 'Namespace', 'istio-system')]);
    const traces = await findIstioTraces(withMaps(), 'f00d');
    expect(await removeIstioTraces(withMaps(), traces!)).toBe(2);
    expect(removed).toEqual(['istio-system/istio-ca-root-cert u', 'theirs/istio-ca-root-cert u']);
  });

  test('where istiod is not ours nothing is', async () => {
    expect(await findIstioTraces(withMaps(), 'f00d')).toBeUndefined();
  });
});
