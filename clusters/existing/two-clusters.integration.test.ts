/** One name on two clusters, and a gateway that others use, on real API servers with their controllers. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFINITIONS, objectsOfOthers, snapshot } from '../../harness/testkit/cluster-of-others.ts';
import { type ControlPlane, startControlPlane } from '../../harness/testkit/control-plane-alone.ts';
import { createSilentProgress } from '../../harness/testkit/fakes/silent-progress.ts';
import { leftOf, SHARED_NAME, SHARED_SPEC, userOf } from '../../harness/testkit/user-of-shared.ts';
import { type ClusterClient, createClusterClient } from '../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../k8s/client/object.ts';
import { isEstablished } from '../../k8s/client/readiness.ts';
import { machineFiles } from '../access/machines/machine-files.ts';
import type { ExistingProvider } from './provider.ts';
import type { ExistingOptions } from './provider-ports.ts';

const REMOVAL = { goneMs: 60_000, pollMs: 200 };
const LEASE = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };
const OTHERS = objectsOfOthers(SHARED_NAME);
const { signal } = new AbortController();
const progress = createSilentProgress();
let planes: readonly ControlPlane[];
let admins: readonly ClusterClient[];
let folder: string;

async function furnish({ kubeconfig }: ControlPlane): Promise<ClusterClient> {
  const admin = createClusterClient(kubeconfig);
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } };
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
  for (const object of [node, ...OTHERS]) await make(object);
  return admin;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-two-clusters-'));
  planes = [await startControlPlane({ controllers: true }), await startControlPlane({ controllers: true })];
  admins = await Promise.all(planes.map(furnish));
});
afterAll(async () => {
  for (const plane of planes ?? []) await plane[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const at = <T>(list: readonly T[], index: number): T => {
  const found = list[index];
  if (found === undefined) throw new TypeError(`there is no ${index}`);
  return found;
};

async function user(who: string, cluster: number, ours: string, more: Partial<ExistingOptions> = {}) {
  const home = path.join(folder, who);
  await mkdir(home, { recursive: true });
  const options = { context: 'alone', allowedContext: 'alone', ...more };
  return userOf(at(planes, cluster).kubeconfig, home, ours, undefined, options, REMOVAL, LEASE);
}
const up = (one: ExistingProvider) => one.up(SHARED_SPEC, progress, signal);
const down = (one: ExistingProvider) => one.down(SHARED_NAME, progress);
const everything = (cluster: number) => snapshot(at(admins, cluster), OTHERS);

test('a name that led to one cluster leads to no other: nothing is made or removed there', async () => {
  const before = [await everything(0), await everything(1)];
  const here = await user('me', 0, 'mine');
  await up(here);
  await here.release();

  const there = await user('me', 1, 'mine');
  await expect(up(there)).rejects.toMatchObject({ code: 'CLUSTER_CHANGED' });
  // by hand into our own copy
  const own = machineFiles(path.join(folder, 'me', 'state'), SHARED_NAME).kubeconfig;
  const kept = await readFile(own, 'utf8');
  await writeFile(own, await readFile(at(planes, 1).kubeconfig, 'utf8'));
  await expect(down(await user('me', 0, 'mine'))).rejects.toMatchObject({ code: 'CLUSTER_CHANGED' });
  expect(await leftOf(at(admins, 1), 'mine')).toEqual([]);

  await writeFile(own, kept);
  await down(await user('me', 0, 'mine'));
  expect(await leftOf(at(admins, 0), 'mine')).toEqual([]);
  expect([await everything(0), await everything(1)]).toEqual(before);
});

test('two people with one name for it, each on a cluster of their own: a `down` of one is none of the other', async () => {
  const [mine, yours] = [await user('first', 0, 'first'), await user('second', 1, 'second')];
  for (const one of [mine, yours]) {
    await up(one);
    await one.release();
  }
  await down(await user('first', 0, 'first'));
  expect(await leftOf(at(admins, 0), 'first')).toEqual([]);
  expect(await leftOf(at(admins, 1), 'second')).not.toEqual([]);
  await down(await user('second', 1, 'second'));
  expect(await leftOf(at(admins, 1), 'second')).toEqual([]);
});

test('a filter on a gateway that others use needs their word, goes with us, and takes nothing of theirs along', async () => {
  const before = await everything(0);
  const filter = (name: string): KubeObject => ({
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name, namespace: 'istio-system' },
    spec: { configPatches: [] },
  });
  const filters = { apiVersion: 'networking.istio.io/v1alpha3', resource: 'envoyfilters', namespace: 'istio-system' };
  const names = async () => (await at(admins, 0).list(filters)).map(({ metadata }) => metadata.name).sort();

  const silent = await user('guest', 0, 'guest');
  await up(silent);
  await expect(silent.profileClient().apply([filter('ours')])).rejects.toMatchObject({
    code: 'SHARED_OBJECT_NOT_ALLOWED',
  });
  await silent.release();
  const allowed = await user('guest', 0, 'guest', { sharedObjects: ['EnvoyFilter/istio-system/ours'] });
  await up(allowed);
  await allowed.profileClient().apply([filter('ours')]);
  await expect(allowed.profileClient().apply([filter('theirs')])).rejects.toMatchObject({ code: 'OBJECT_FOREIGN' });
  expect(await names()).toEqual(['ours', 'theirs']);
  await allowed.release();
  await down(await user('guest', 0, 'guest'));
  expect(await names()).toEqual(['theirs']);
  expect(await everything(0)).toEqual(before);
});
