/** `up` beside a run: with another specification it would remove the cluster under the run. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { leaseCluster } from '../../clusters/access/ownership/cluster-lease.ts';
import { createFakeWorld } from '../testkit/fakes/fake-world.ts';
import { createSilentProgress } from '../testkit/fakes/silent-progress.ts';
import { up } from './compose/clusters.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-up-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a cluster that a run is using is refused before the provider is asked', async () => {
  const lease = await leaseCluster(path.join(folder, 'canaryproof', 'kind'), 'shop');
  const world = { ...createFakeWorld(), env: { XDG_STATE_HOME: folder, PATH: folder } };
  const request = { name: 'shop', provider: 'kind', addons: [], componentVersions: {} } as const;
  try {
    await expect(up(world, request, createSilentProgress())).rejects.toMatchObject({ code: 'CLUSTER_IN_USE' });
  } finally {
    await lease.release();
  }
});
