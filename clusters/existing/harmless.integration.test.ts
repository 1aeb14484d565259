/** The same cases on a real kube-apiserver with its etcd and controllers, behind the same proxy. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../harness/process/package-root.ts';
import { DEFINITIONS, objectsOfOthers } from '../../harness/testkit/cluster-of-others.ts';
import { startFaultProxy, upstreamOf } from '../../harness/testkit/fault-proxy.ts';
import { harmlessCases, type SharedCluster } from '../../harness/testkit/harmless-cases.ts';
import { SHARED_NAME } from '../../harness/testkit/user-of-shared.ts';
import { createApiRequest } from '../../k8s/client/api-request.ts';
import { type ClusterClient, createClusterClient, readKubeconfig } from '../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../k8s/client/object.ts';
import { createOwnedClient } from '../../k8s/client/owned-client.ts';
import { isEstablished } from '../../k8s/client/readiness.ts';

const NAME = 'harmless-test';
let home: string;
let admin: ClusterClient;
const kubeconfig = () => path.join(home, 'canaryproof', 'clusters', NAME, 'kubeconfig');
const cli = (...args: string[]) =>
  execa(process.execPath, [path.join(packageRoot(), 'harness/cli/main.ts'), ...args], {
    cwd: home,
    env: { XDG_STATE_HOME: home, CI: 'true' },
    reject: false,
    all: true,
  });

beforeAll(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-harmless-'));
  const up = await cli('up', '--name', NAME, '--addon', 'dns');
  if (up.exitCode !== 0) throw new Error(up.all);
  admin = createClusterClient(kubeconfig());
  const make = async (object: KubeObject) => {
    const { apiVersion = '', kind = '', metadata } = object;
    await admin.create(await admin.locate({ apiVersion, kind, namespace: metadata.namespace ?? '' }), object);
  };
  for (const definition of DEFINITIONS) {
    await make(definition);
    const at = { apiVersion: 'apiextensions.k8s.io/v1', resource: 'customresourcedefinitions' };
    const what = `${definition.metadata.name} to be served`;
    await admin.waitFor(at, definition.metadata.name, isEstablished, { timeoutMs: 60_000, what });
  }
  for (const object of objectsOfOthers(SHARED_NAME)) await make(object);
});
afterAll(async () => {
  await cli('down', '--name', NAME);
  await rm(home, { recursive: true, force: true });
});

async function open(): Promise<SharedCluster> {
  const [node] = await admin.list({ apiVersion: 'v1', resource: 'nodes' });
  const proxy = await startFaultProxy(upstreamOf(readKubeconfig(kubeconfig())));
  return {
    ...{ admin, proxy, node: node?.metadata.name ?? '' },
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}

harmlessCases({
  // one fault of each kind: a lie, a conflict, a refusal, an answer that is lost
  faults: [404, 409, 503, 'reset'],
  ...{ title: 'a real API server', open, oneAtATime: true, removalTimes: { goneMs: 30_000, pollMs: 500 } },
  modes: (phase) => [phase === 'conform' ? 'always' : 'from the fourth on'],
});
describe('what only a real API server decides', () => {
  const owner = { cluster: SHARED_NAME, installation: 'f00d', expiresAt: 1_800_000_000_000 };
  const maps = { apiVersion: 'v1', resource: 'configmaps', namespace: 'fields' };
  const map = (data: Readonly<Record<string, string>>): KubeObject => ({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', data },
    metadata: { name: 'a', namespace: 'fields' },
  });

  test('fields that the first apply made and a later one leaves out go, those of others stay', async () => {
    const client = createOwnedClient(kubeconfig(), { owner, mayShare: () => false });
    await client.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'fields' } }]);
    await client.apply([map({ first: '1', both: '1' })]);
    const theirs = createApiRequest(readKubeconfig(kubeconfig()));
    await theirs('PATCH', '/api/v1/namespaces/fields/configmaps/a?fieldManager=theirs', {
      body: { data: { theirs: '1' } },
      contentType: 'application/merge-patch+json',
    });
    await client.patch(maps, 'a', 'merge', { data: { patched: '1' } });
    await client.apply([map({ both: '2' })]);
    expect((await client.get(maps, 'a'))?.data).toEqual({ both: '2', theirs: '1' });
    await client.delete({ apiVersion: 'v1', resource: 'namespaces' }, 'fields');
  });

  test('a change that was made on an older state is refused, in every form of a patch and on delete', async () => {
    const at = { apiVersion: 'v1', resource: 'configmaps', namespace: 'theirs' };
    const { uid, resourceVersion } = (await admin.get(at, 'settings'))!.metadata;
    const before = JSON.stringify(await admin.get(at, 'settings'));
    const stale = { status: 409 };
    const old = '1';
    await expect(admin.patch(at, 'settings', 'merge', { metadata: { resourceVersion: old } })).rejects.toMatchObject(
      stale,
    );
    const operation = { op: 'replace', path: '/metadata/resourceVersion', value: old };
    await expect(admin.patch(at, 'settings', 'json', [operation])).rejects.toMatchObject(stale);
    await expect(admin.delete(at, 'settings', { uid, resourceVersion: old })).rejects.toMatchObject(stale);
    await expect(admin.delete(at, 'settings', { uid: 'another', resourceVersion })).rejects.toMatchObject(stale);
    const applied = {
      ...JSON.parse(before),
      metadata: { name: 'settings', namespace: 'theirs', uid, resourceVersion: old },
    };
    await expect(admin.apply([applied])).rejects.toMatchObject({ code: 'APPLY_REFUSED', cause: stale });
    expect(JSON.stringify(await admin.get(at, 'settings'))).toBe(before);
  });
});
