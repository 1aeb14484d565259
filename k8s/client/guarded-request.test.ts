import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStrictCluster, type StrictCluster } from '../../harness/testkit/strict-cluster.ts';
import { type ApiRequest, createApiRequest } from './api-request.ts';
import { type ClusterClient, clusterClientOf, readKubeconfig } from './cluster-client.ts';
import { guardedRequest } from './guarded-request.ts';
import type { KubeObject } from './object.ts';
import { createOwnedClient } from './owned-client.ts';
import { ownerLabels } from './ownership.ts';

const OWNER = { cluster: 'shop', installation: 'f00d', expiresAt: 1_800_000_000_000 };
const GUARD = { owner: OWNER, mayShare: () => false };
const MAPS = { apiVersion: 'v1', resource: 'configmaps' } as const;
const namespace = (name: string, labels = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});
const map = (name: string, data = {}, more = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...more },
  data,
});

let cluster: StrictCluster;
let client: ClusterClient;
beforeEach(async () => {
  cluster = await openStrictCluster();
  client = createOwnedClient(cluster.proxy.kubeconfig, GUARD);
  await client.apply([namespace('mine')]);
});
afterEach(() => cluster[Symbol.asyncDispose]());
const inMine = { ...MAPS, namespace: 'mine' };
const inTheirs = { ...MAPS, namespace: 'theirs' };
const there = async () => (await cluster.admin.get(inTheirs, 'settings')) !== undefined;

describe('what is ours', () => {
  test('bears who made it, where, and until when; what its maker wrote stays', async () => {
    await client.apply([map('a', {}, { labels: { app: 'x' }, annotations: { note: 'y' } })], { namespace: 'mine' });
    const { labels, annotations } = (await client.get(inMine, 'a'))!.metadata;
    expect(labels).toEqual({ app: 'x', ...ownerLabels(OWNER) });
    expect(annotations).toEqual({ note: 'y', 'canaryproof.dev/made-as': 'f00d:/configmaps:mine/a' });
  });

  test('is made by POST, changed only as it was read, and fields that are left out go', async () => {
    await client.apply([map('a', { x: '1' })], { namespace: 'mine' });
    await client.apply([map('a', { x: '2' })], { namespace: 'mine' });
    expect(
      cluster.server.writes.filter((write) => write.includes('/mine/configmaps')).map((write) => write.split('?')[0]),
    ).toEqual([
      'POST /api/v1/namespaces/mine/configmaps',
      // the fields of the POST become fields of the apply
      'PATCH /api/v1/namespaces/mine/configmaps/a',
      'PATCH /api/v1/namespaces/mine/configmaps/a',
    ]);
    const entries = (await client.get(inMine, 'a'))!.metadata.managedFields?.map(({ operation }) => operation);
    expect(entries).toEqual(['Apply']);
  });

  test('somebody who changes it meanwhile is waited for; one who never stops is told', async () => {
    await client.apply([map('a')], { namespace: 'mine' });
    cluster.proxy.plan({ method: 'PATCH', fault: 409, strikes: (index) => index < 2 });
    await client.patch(inMine, 'a', 'merge', { data: { x: '1' } });
    expect(cluster.proxy.struck).toBe(2);
    const impatient = createOwnedClient(cluster.proxy.kubeconfig, GUARD, {
      patience: { tries: 3, firstMs: 1, capMs: 1 },
    });
    cluster.proxy.plan({ method: 'PATCH', fault: 409, strikes: () => true });
    await expect(impatient.patch(inMine, 'a', 'merge', {})).rejects.toMatchObject({ code: 'API_REFUSED', status: 409 });
    expect(cluster.proxy.struck).toBe(3);
  });

  test('is what lies in a namespace of ours, and what belongs to it, in any generation', async () => {
    const { admin } = cluster;
    await admin.create(inMine, map('made-by-a-controller'));
    await client.patch(inMine, 'made-by-a-controller', 'merge', { data: { x: '1' } });
    const sharing = createOwnedClient(cluster.proxy.kubeconfig, { owner: OWNER, mayShare: () => true });
    await sharing.apply([map('parent')], { namespace: 'theirs' });
    const owned = (name: string, uid: string | undefined) => ({
      ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name, uid: uid ?? '' }],
    });
    const parent = await admin.get(inTheirs, 'parent');
    const child = await admin.create(inTheirs, map('child', {}, owned('parent', parent?.metadata.uid)));
    await admin.create(inTheirs, map('grandchild', {}, owned('child', child.metadata.uid)));
    await admin.create(inTheirs, map('of-an-earlier-one', {}, owned('parent', 'another-uid')));
    await client.delete(inTheirs, 'grandchild');
    await expect(client.delete(inTheirs, 'of-an-earlier-one')).rejects.toMatchObject({ code: 'OBJECT_FOREIGN' });
  });
});

describe('what is not ours stays as it is', () => {
  const copied = { ...ownerLabels(OWNER) };
  const cases: readonly [string, () => Promise<KubeObject>][] = [
    ['nobody’s', () => cluster.admin.create(inTheirs, map('x'))],
    [
      'of another installation of the same name',
      () =>
        cluster.admin.create(inTheirs, map('x', {}, { labels: { ...copied, 'canaryproof.dev/installation': 'beef' } })),
    ],
    ['a copy of ours with its labels', () => cluster.admin.create(inTheirs, map('x', {}, { labels: copied }))],
    [
      'a copy of ours with labels and annotations',
      async () => {
        await client.apply([map('x')], { namespace: 'mine' });
        const { labels, annotations } = (await client.get(inMine, 'x'))!.metadata;
        return cluster.admin.create(inTheirs, map('x', {}, { labels, annotations }));
      },
    ],
  ];
  test.each(cases)('%s, by every verb of the client', async (_title, make) => {
    await make();
    const before = JSON.stringify(await cluster.admin.get(inTheirs, 'x'));
    const tries = [
      () => client.apply([map('x', { a: '1' })], { namespace: 'theirs' }),
      () => client.patch(inTheirs, 'x', 'merge', { data: {} }),
      () => client.patch(inTheirs, 'x', 'json', [{ op: 'add', path: '/data/x', value: '1' }]),
      () => client.patch(inTheirs, 'x', 'merge', { status: {} }, 'status'),
      () => client.delete(inTheirs, 'x'),
    ];
    for (const one of tries) await expect(one()).rejects.toMatchObject({ code: 'OBJECT_FOREIGN', exitCode: 3 });
    await expect(client.create(inTheirs, map('x'))).rejects.toMatchObject({ code: 'SHARED_OBJECT_NOT_ALLOWED' });
    const sharing = createOwnedClient(cluster.proxy.kubeconfig, { owner: OWNER, mayShare: () => true });
    await expect(sharing.create(inTheirs, map('x'))).rejects.toMatchObject({ code: 'OBJECT_FOREIGN' });
    expect(JSON.stringify(await cluster.admin.get(inTheirs, 'x'))).toBe(before);
  });

  test.each(['Namespace', 'Node', 'ClusterRole', 'StorageClass', 'CustomResourceDefinition'])(
    'a %s, whose scope nobody but the server knows',
    async (kind) => {
      const found = [...cluster.server.objects.values()].find(
        (object) => object.kind === kind && object.metadata.labels?.['canaryproof.dev/installation'] !== 'f00d',
      );
      const { apiVersion = '', metadata } = found!;
      await expect(client.apply([{ apiVersion, kind, metadata: { name: metadata.name } }])).rejects.toMatchObject({
        code: 'OBJECT_FOREIGN',
      });
      const { namespace: _, ...at } = await cluster.admin.locate({ apiVersion, kind, namespace: '' });
      await expect(client.delete(at, metadata.name)).rejects.toMatchObject({ code: 'OBJECT_FOREIGN' });
      expect((await cluster.admin.get(at, metadata.name))?.metadata.resourceVersion).toBe(metadata.resourceVersion);
    },
  );

  test.each([403, 409, 429, 503, 'reset', 'hang', 'truncated'] as const)(
    'an object that cannot be read (%s) is not taken for absent',
    async (fault) => {
      const hasty = createOwnedClient(cluster.proxy.kubeconfig, GUARD, {
        ...{ answerMs: 100, patience: { tries: 2, firstMs: 1, capMs: 1 } },
      });
      cluster.proxy.plan({ method: 'GET', fault, strikes: () => true });
      const written = cluster.server.writes.length;
      await expect(hasty.patch(inTheirs, 'settings', 'merge', {})).rejects.toMatchObject({ exitCode: 3 });
      await expect(hasty.apply([map('settings')], { namespace: 'theirs' })).rejects.toMatchObject({ exitCode: 3 });
      await expect(hasty.delete(inTheirs, 'settings')).rejects.toMatchObject({ exitCode: 3 });
      expect(cluster.server.writes.length).toBe(written);
    },
  );

  test.each(['DELETE', 'merge', 'json', 'apply'] as const)(
    'not even when it took the name between our look and our %s',
    async (verb) => {
      await client.apply([map('a', { x: '1' })], { namespace: 'mine' });
      const { admin, proxy } = cluster;
      const plain = createApiRequest(readKubeconfig(proxy.kubeconfig));
      let taken = false;
      // the last moment before the server decides
      const slow: ApiRequest = async (method, path, options) => {
        if (method !== 'GET' && !taken) {
          taken = true;
          await admin.delete(inMine, 'a');
          const labels = { ...ownerLabels(OWNER), 'canaryproof.dev/installation': 'beef' };
          await admin.create(inMine, map('a', { x: 'theirs' }, { labels }));
        }
        return plain(method, path, options);
      };
      const late = clusterClientOf(readKubeconfig(proxy.kubeconfig), guardedRequest(slow, GUARD));
      const writes = {
        DELETE: () => late.delete(inMine, 'a'),
        merge: () => late.patch(inMine, 'a', 'merge', { data: { x: '2' } }),
        json: () => late.patch(inMine, 'a', 'json', [{ op: 'replace', path: '/data/x', value: '2' }]),
        apply: () => late.apply([map('a', { x: '2' })], { namespace: 'mine' }),
      };
      await expect(writes[verb]()).rejects.toMatchObject({ code: 'OBJECT_FOREIGN' });
      expect((await admin.get(inMine, 'a'))?.data).toEqual({ x: 'theirs' });
    },
  );

  test('a delete reaches the object that was asked for, and not the next of its name', async () => {
    await client.apply([map('a')], { namespace: 'mine' });
    const first = await client.get(inMine, 'a');
    await cluster.admin.delete(inMine, 'a');
    await cluster.admin.create(inMine, map('a'));
    await client.delete(inMine, 'a', { uid: first?.metadata.uid });
    expect(await client.get(inMine, 'a')).toBeDefined();
  });
});

test('what names no single object is not sent, by whatever verb', async () => {
  const request = guardedRequest(createApiRequest(readKubeconfig(cluster.proxy.kubeconfig)), GUARD);
  const written = cluster.server.writes.length;
  const body = { metadata: {} };
  for (const [method, path] of [
    ['DELETE', '/api/v1/namespaces/theirs/configmaps'],
    ['DELETE', '/api/v1/namespaces/theirs/configmaps?labelSelector=x'],
    ['PATCH', '/api/v1/namespaces'],
    ['POST', '/api/v1/namespaces/theirs/configmaps'],
    ['PURGE', '/api/v1/namespaces/theirs/configmaps/settings'],
    ['DELETE', '/version'],
  ] as const)
    await expect(request(method, path, { body })).rejects.toMatchObject({ code: 'WRITE_UNGUARDED' });
  for (const method of ['PUT', 'POST'])
    await expect(
      request(method, '/api/v1/namespaces/theirs/configmaps/settings', { body: map('settings') }),
    ).rejects.toMatchObject({ code: 'OBJECT_FOREIGN' });
  expect([cluster.server.writes.length, await there()]).toEqual([written, true]);
});

describe('into namespaces of others', () => {
  const filter = (name: string): KubeObject => ({
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name, namespace: 'istio-system' },
    spec: {},
  });
  test('goes only what was agreed to, by kind, namespace and name', async () => {
    const { sharedObjectsAllowed } = await import('../../clusters/existing/shared-objects.ts');
    const mayShare = sharedObjectsAllowed(['EnvoyFilter/istio-system/canaryproof-errors']);
    const agreed = createOwnedClient(cluster.proxy.kubeconfig, { owner: OWNER, mayShare });
    await expect(agreed.apply([filter('another')])).rejects.toMatchObject({
      ...{ code: 'SHARED_OBJECT_NOT_ALLOWED', where: 'EnvoyFilter/istio-system/another' },
      hint: expect.stringContaining('--allow-shared EnvoyFilter/istio-system/another'),
    });
    await agreed.apply([filter('canaryproof-errors')]);
    await agreed.delete(
      { apiVersion: 'networking.istio.io/v1alpha3', resource: 'envoyfilters', namespace: 'istio-system' },
      'canaryproof-errors',
    );
    const application = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'shop', namespace: 'argocd' },
    };
    await agreed.apply([application]);
  });
});
