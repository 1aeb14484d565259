import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { leaseCluster, requireUnusedCluster, sweepLease } from './cluster-lease.ts';
import { withClusterLock } from './cluster-lock.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'cluster-lease-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('a second run is refused until the first gives its lease back; other clusters are free', async () => {
  const release = await leaseCluster(directory, 'alpha');
  await expect(leaseCluster(directory, 'alpha')).rejects.toMatchObject({ code: 'CLUSTER_IN_USE', exitCode: 3 });
  await expect(requireUnusedCluster(directory, 'alpha')).rejects.toMatchObject({ code: 'CLUSTER_IN_USE' });
  await requireUnusedCluster(directory, 'beta');
  const other = await leaseCluster(directory, 'beta');
  await release();
  const again = await leaseCluster(directory, 'alpha');
  await Promise.all([again(), other()]);
});

test("a folder that cannot be made is said to be the user's to mend", async () => {
  const file = path.join(directory, 'a-file');
  await writeFile(file, '');
  const denied = { code: 'STATE_FOLDER_UNUSABLE', exitCode: 3, hint: expect.any(String) };
  await expect(leaseCluster(file, 'alpha')).rejects.toMatchObject(denied);
  await expect(withClusterLock(path.join(file, 'below'), 'alpha', async () => 1)).rejects.toMatchObject(denied);
});

test('what a killed run left is swept, a living lease is not', async () => {
  const release = await leaseCluster(directory, 'alpha');
  await sweepLease(directory, 'alpha');
  expect(await readdir(directory)).toEqual(['alpha.run.lock']);
  await release();
  const left = path.join(directory, 'beta.run.lock');
  await mkdir(left);
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(left, longAgo, longAgo);
  await sweepLease(directory, 'beta');
  expect(await readdir(directory)).toEqual([]);
});
