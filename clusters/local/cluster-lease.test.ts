import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { leaseCluster } from './cluster-lease.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'cluster-lease-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('a second run is refused until the first gives its lease back; other clusters are free', async () => {
  const release = await leaseCluster(directory, 'alpha');
  await expect(leaseCluster(directory, 'alpha')).rejects.toMatchObject({ code: 'CLUSTER_IN_USE', exitCode: 3 });
  const other = await leaseCluster(directory, 'beta');
  await release();
  const again = await leaseCluster(directory, 'alpha');
  await Promise.all([again(), other()]);
});
