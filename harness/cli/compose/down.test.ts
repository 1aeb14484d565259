import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { leaseCluster } from '../../../clusters/access/ownership/cluster-lease.ts';
import type { ClusterProvider, ClusterStatus } from '../../ports/cluster.ts';
import { createSilentProgress } from '../../testkit/fakes/silent-progress.ts';
import { removeClusters } from './down.ts';

let stateRoot: string;
beforeEach(async () => {
  stateRoot = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-down-'));
});
afterEach(() => rm(stateRoot, { recursive: true, force: true }));

type State = ClusterStatus['state'];

/** A provider whose clusters are the names given; a list of states is what one look after the other shows. */
function clusters(shown: Record<string, readonly [State, ...State[]]>, unlisted: readonly string[] = []) {
  const downs: string[] = [];
  let looks = 0;
  const provider: ClusterProvider = {
    name: 'kind',
    up: () => Promise.reject(new Error('not asked for')),
    down: async (name) => {
      downs.push(name);
      return name in shown || unlisted.includes(name);
    },
    async list() {
      const look = looks++;
      return Object.entries(shown).map(([name, states]) => ({
        ...{ name, provider: 'kind', kubeconfigPath: '', createdAt: 0, detail: '' },
        state: states[Math.min(look, states.length - 1)] ?? states[0],
      }));
    },
  };
  const down = (request: Parameters<typeof removeClusters>[1]) =>
    removeClusters([{ provider, stateRoot }], request, createSilentProgress());
  return { down, downs };
}

test('a cluster that a run is using is refused, and goes with --force', async () => {
  const { down, downs } = clusters({ shop: ['running'] });
  const lease = await leaseCluster(stateRoot, 'shop');
  await expect(down({ which: { name: 'shop' } })).rejects.toMatchObject({ code: 'CLUSTER_IN_USE', exitCode: 3 });
  expect(downs).toEqual([]);
  expect(await down({ which: { name: 'shop' }, force: true })).toEqual(['shop']);
  await lease.release();
  expect(await down({ which: { name: 'shop' } })).toEqual(['shop']);
  expect(await readdir(stateRoot)).toEqual([]);
});

test('of all, those that nobody uses go, and the other is said', async () => {
  const { down, downs } = clusters({ a: ['running'], used: ['running'], b: ['broken'] });
  const lease = await leaseCluster(stateRoot, 'used');
  await expect(down({ which: 'all' })).rejects.toMatchObject({ code: 'CLUSTER_IN_USE' });
  expect(downs).toEqual(['a', 'b']);
  await lease.release();
});

test('an orphan is looked at again under the lease; one that is being made is left alone', async () => {
  const { down, downs } = clusters({
    whole: ['broken', 'running'],
    left: ['broken'],
    made: ['broken'],
    kept: ['running'],
  });
  const lease = await leaseCluster(stateRoot, 'made', 'shared');
  expect(await down({ which: 'orphans' })).toEqual(['left']);
  expect(downs).toEqual(['left']);
  await lease.release();
});

test('a name that no list shows is taken down where a killed run may have left more', async () => {
  const { down, downs } = clusters({}, ['left']);
  expect(await down({ which: { name: 'left' } })).toEqual(['left']);
  // and is said to be removed only then
  expect(await down({ which: { name: 'gone' } })).toEqual([]);
  expect(downs).toEqual(['left', 'gone']);
  expect(await down({ which: 'all' })).toEqual([]);
});
