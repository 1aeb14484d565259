/** Several users of one cluster, one name on several clusters, and names that lead elsewhere than they did. */

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bootMoment } from '../../harness/process/boot-moment.ts';
import { writeAsAddons } from '../../harness/testkit/cluster-of-others.ts';
import { createSilentProgress } from '../../harness/testkit/fakes/silent-progress.ts';
import { thorough } from '../../harness/testkit/runner/thorough.ts';
import { openStrictCluster, type StrictCluster } from '../../harness/testkit/strict-cluster.ts';
import { SHARED_NAME, userOf } from '../../harness/testkit/user-of-shared.ts';
import { createClusterClient } from '../../k8s/client/cluster-client.ts';
import { machineFiles } from '../access/machines/machine-files.ts';
import { readMachineState, writeMachineState } from '../access/machines/machine-state.ts';
import { leadsToOwnCluster, recordIdentity } from '../access/ownership/cluster-identity.ts';
import { leaseCluster } from '../access/ownership/cluster-lease.ts';
import { LIFETIME_MS } from '../access/ownership/ownership.ts';
import type { ExistingProvider } from './provider.ts';
import type { ExistingOptions } from './provider-ports.ts';

const NAMESPACES = { apiVersion: 'v1', resource: 'namespaces' };
const SPEC = { name: SHARED_NAME, addons: ['argo-rollouts'], componentVersions: {}, images: [] };
const { signal } = new AbortController();
let cluster: StrictCluster;
let folder: string;
const users: ExistingProvider[] = [];
beforeEach(async () => {
  cluster = await openStrictCluster();
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-sharing-'));
});
afterEach(async () => {
  for (const user of users.splice(0)) await user.release();
  await cluster[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function user(who: string, ours: string, options: Partial<ExistingOptions> = {}): Promise<ExistingProvider> {
  const home = path.join(folder, who);
  await mkdir(home, { recursive: true });
  const made = userOf(cluster.proxy.kubeconfig, home, ours, undefined, options);
  users.push(made);
  return made;
}
const filesOf = (who: string, name = SHARED_NAME) => machineFiles(path.join(folder, who, 'state'), name);
const up = (one: ExistingProvider, name = SHARED_NAME) => one.up({ ...SPEC, name }, createSilentProgress(), signal);
const down = (one: ExistingProvider, name = SHARED_NAME) => one.down(name, createSilentProgress());
const namespaces = async () => (await cluster.admin.list(NAMESPACES)).map(({ metadata }) => metadata.name);

describe('two users of one cluster, with the same name for it', () => {
  test('take nothing from each other, and one down leaves the other’s', async () => {
    const first = await user('first', 'bookinfo');
    await up(first);
    await first.release();
    const second = await user('second', 'bookinfo');
    await expect(up(second)).rejects.toMatchObject({ code: 'OBJECT_FOREIGN' });
    const before = [...cluster.server.objects];
    await down(second);
    expect([...cluster.server.objects]).toEqual(before);
    await down(await user('first', 'bookinfo'));
    expect(await namespaces()).not.toContain('bookinfo');
  });

  test('do not measure at the same time, whatever machine they are on', async () => {
    await up(await user('first', 'one'));
    await expect(up(await user('second', 'two'))).rejects.toMatchObject({ code: 'CLUSTER_IN_USE' });
    expect(await namespaces()).not.toContain('two');
    // nor does one take anything away while the other measures
    await expect(down(await user('first', 'one'))).rejects.toMatchObject({ code: 'CLUSTER_IN_USE' });
    expect(await namespaces()).toContain('one');
  });

  test('the run that has lost the cluster is told by its running cluster', async () => {
    const running = await up(await user('first', 'one'));
    const lost = running.watchNodes?.(signal);
    await cluster.admin.delete(
      { apiVersion: 'coordination.k8s.io/v1', resource: 'leases', namespace: 'default' },
      'canaryproof-run',
    );
    await expect.poll(() => lost?.reason, { timeout: 30_000 }).toMatchObject({ code: 'LEASE_LOST', exitCode: 5 });
  });
});

describe('one name on two clusters', () => {
  test('a context that leads to another cluster by now is refused, on up and on down', async () => {
    const first = await user('me', 'bookinfo');
    await up(first);
    await first.release();
    await using other = await openStrictCluster();
    const written = other.server.writes.length;
    const kubeconfig = await other.kubeconfigAt(folder, 'shared');
    await expect(up(await user('me', 'bookinfo', { kubeconfig }))).rejects.toMatchObject({ code: 'CLUSTER_CHANGED' });
    // by hand into our own copy
    const own = filesOf('me').kubeconfig;
    const before = await readFile(own, 'utf8');
    await writeFile(own, await readFile(kubeconfig, 'utf8'));
    await expect(down(await user('me', 'bookinfo'))).rejects.toMatchObject({ code: 'CLUSTER_CHANGED' });
    const elsewhere = first.profileClient();
    await expect(writeAsAddons(elsewhere, 'bookinfo')).rejects.toMatchObject({ code: 'CLUSTER_CHANGED' });
    expect(other.server.writes.length).toBe(written);
    await writeFile(own, before);
    await down(await user('me', 'bookinfo'));
    expect(await namespaces()).not.toContain('bookinfo');
  });

  thorough('the same cluster at another address needs the word of its user', async () => {
    const first = await user('me', 'bookinfo');
    await up(first);
    await first.release();
    const kubeconfig = await cluster.kubeconfigAt(folder, 'shared');
    const isOurs = { kubeconfig, allowedContext: undefined };
    await expect(up(await user('me', 'bookinfo', isOurs))).rejects.toMatchObject({ code: 'CONTEXT_NOT_ALLOWED' });
    await up(await user('me', 'bookinfo', { kubeconfig }));
    expect((await readMachineState(filesOf('me')))?.identity?.server).toBe(cluster.server.url);
  });
});

describe('a kubeconfig of a cluster that we made', () => {
  test('leads there and nowhere else, whatever was merged into it under whatever name', async () => {
    await using theirs = await openStrictCluster();
    const made = path.join(folder, 'made');
    await mkdir(made);
    const file = await cluster.kubeconfigAt(made, 'ours');
    expect(await leadsToOwnCluster(file, 'ours', createClusterClient)).toBe(false);
    await recordIdentity(file, createClusterClient(file));
    expect(await leadsToOwnCluster(file, 'ours', createClusterClient)).toBe(true);
    const merge = async (name: string) => {
      const [mine, other] = await Promise.all(
        [file, await theirs.kubeconfigAt(folder, name)].map(async (one) => JSON.parse(await readFile(one, 'utf8'))),
      );
      for (const list of ['clusters', 'users', 'contexts']) {
        const kept = mine[list].filter((entry: { name: string }) => entry.name !== name);
        mine[list] = [...kept, ...other[list]];
      }
      await writeFile(file, JSON.stringify(mine));
    };
    await merge('prod');
    expect(await leadsToOwnCluster(file, 'prod', createClusterClient)).toBe(false);
    expect(await leadsToOwnCluster(file, 'ours', createClusterClient)).toBe(true);
    await merge('ours');
    expect(await leadsToOwnCluster(file, 'ours', createClusterClient)).toBe(false);
    await expect(leadsToOwnCluster(file, 'nobody', createClusterClient)).rejects.toMatchObject({
      code: 'CONTEXT_UNKNOWN',
    });
  });

  test('is not that of a cluster which took its address', async () => {
    const file = await cluster.kubeconfigAt(folder, 'ours');
    await recordIdentity(file, createClusterClient(file));
    await cluster.admin.delete(NAMESPACES, 'kube-system');
    await cluster.admin.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } });
    expect(await leadsToOwnCluster(file, 'ours', createClusterClient)).toBe(false);
  });
});

describe('what is known of an installation', () => {
  thorough('is kept while anything of it may be there, and forgotten afterwards', async () => {
    const me = await user('me', 'bookinfo');
    await up(me);
    await me.release();
    cluster.proxy.plan({ method: 'DELETE', fault: 403, strikes: () => true });
    await expect(down(await user('me', 'bookinfo'))).rejects.toMatchObject({ exitCode: 3 });
    cluster.proxy.plan(undefined);
    expect(await readMachineState(filesOf('me'))).toBeDefined();
    await down(await user('me', 'bookinfo'));
    expect(await readdir(path.join(folder, 'me', 'state'))).toEqual([]);
  });

  test('and cannot be read, stops up and down: nobody knows what is ours', async () => {
    const me = await user('me', 'bookinfo');
    await up(me);
    await me.release();
    const { state } = filesOf('me');
    for (const text of [
      '{"name":',
      JSON.stringify({ name: SHARED_NAME, specHash: 'shared', createdAt: 1, expiresAt: 1 }),
    ]) {
      await writeFile(state, text);
      await expect(down(await user('me', 'bookinfo'))).rejects.toMatchObject({ code: 'STATE_UNREADABLE' });
      expect(await readFile(state, 'utf8')).toBe(text);
    }
    expect(await namespaces()).toContain('bookinfo');
  });

  test('goes with the next up once its time is up by both clocks, and what is of others stays', async () => {
    const theirs = await user('other', 'of-another-user');
    await up(theirs, 'old');
    await theirs.release();
    const me = await user('me', 'left-behind');
    await up(me, 'old');
    await me.release();
    const files = filesOf('me', 'old');
    const state = (await readMachineState(files))!;
    const progress = createSilentProgress();
    const next = async () => {
      const one = await user('me', 'bookinfo');
      await one.up(SPEC, progress, signal);
      await one.release();
      return namespaces();
    };
    await writeMachineState(files, { ...state, expiresAt: 1 });
    expect(await next()).toContain('left-behind');
    const { id, upMs } = await bootMoment();
    await writeMachineState(files, { ...state, expiresAt: 1, madeAt: { id, upMs: upMs - LIFETIME_MS } });
    const lease = await leaseCluster(path.join(folder, 'me', 'state'), 'old');
    expect(await next()).toContain('left-behind');
    await lease.release();
    const left = await next();
    expect(left).not.toContain('left-behind');
    expect(left).toContain('of-another-user');
    expect(progress.told).toContain('note removed what was left of the expired cluster old');
  });
});
