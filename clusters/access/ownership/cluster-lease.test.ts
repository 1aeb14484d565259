import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { thorough } from '../../../harness/testkit/runner/thorough.ts';
import { isClusterFolder, leaseCluster, sweepLease } from './cluster-lease.ts';
import { withClusterLock } from './cluster-lock.ts';

let directory: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'cluster-lease-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

/** A second canaryproof that holds something until it is killed. */
async function actor(work: string): Promise<ChildProcess> {
  const module = (name: string) => JSON.stringify(path.join(import.meta.dirname, name));
  const program = `
    const { leaseCluster } = await import(${module('cluster-lease.ts')});
    const { withClusterLock } = await import(${module('cluster-lock.ts')});
    const root = ${JSON.stringify(directory)};
    const held = () => console.log('held');
    setInterval(() => undefined, 1000);
    ${work}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout!, 'data');
  return child;
}

test('a second run is refused until the first gives its lease back; other clusters are free', async () => {
  const lease = await leaseCluster(directory, 'alpha');
  await expect(leaseCluster(directory, 'alpha')).rejects.toMatchObject({ code: 'CLUSTER_IN_USE', exitCode: 3 });
  await expect(leaseCluster(directory, 'alpha', 'shared')).rejects.toThrow(`process ${process.pid}`);
  const other = await leaseCluster(directory, 'beta');
  await lease.requireHeld();
  await lease.release();
  const again = await leaseCluster(directory, 'alpha');
  await Promise.all([again.release(), other.release()]);
  expect(await readdir(directory)).toEqual([]);
});

test('makers of a cluster share, and no run begins beside them', async () => {
  const makers = [await leaseCluster(directory, 'alpha', 'shared'), await leaseCluster(directory, 'alpha', 'shared')];
  await expect(leaseCluster(directory, 'alpha')).rejects.toMatchObject({ code: 'CLUSTER_IN_USE' });
  await Promise.all(makers.map((each) => each.release()));
  await (await leaseCluster(directory, 'alpha')).release();
});

test("a folder that cannot be made is said to be the user's to mend", async () => {
  const file = path.join(directory, 'a-file');
  await writeFile(file, '');
  const denied = { code: 'STATE_FOLDER_UNUSABLE', exitCode: 3, hint: expect.any(String) };
  await expect(leaseCluster(file, 'alpha')).rejects.toMatchObject(denied);
  await expect(withClusterLock(path.join(file, 'below'), 'alpha', async () => 1)).rejects.toMatchObject(denied);
});

thorough('a run that was stopped for however long keeps its lease; one that was killed has none', async () => {
  const other = await actor(`await leaseCluster(root, 'alpha'); held();`);
  other.kill('SIGSTOP');
  await expect(leaseCluster(directory, 'alpha')).rejects.toThrow(`process ${other.pid}`);
  const ended = once(other, 'exit');
  other.kill('SIGKILL');
  await ended;
  await (await leaseCluster(directory, 'alpha')).release();
});

test('a lease whose file was taken away aborts the run as invalid, once, and crashes nothing', async () => {
  const lease = await leaseCluster(directory, 'alpha');
  await rm(path.join(directory, 'alpha.lease'));
  const second = await leaseCluster(directory, 'alpha');
  await expect(lease.requireHeld()).rejects.toMatchObject({ code: 'CLUSTER_LEASE_LOST', exitCode: 5 });
  expect(lease.lost.reason).toMatchObject({ code: 'CLUSTER_LEASE_LOST', exitCode: 5 });
  await lease.release();
  // the end of the first takes nothing from the second
  await second.requireHeld();
  await second.release();
});

test('what a killed run left is swept, a living lease is not', async () => {
  const lease = await leaseCluster(directory, 'alpha');
  await sweepLease(directory, 'alpha');
  expect(await readdir(directory)).toEqual(['alpha.lease']);
  await lease.release();
  await writeFile(path.join(directory, 'beta.lease'), '4711\n');
  await sweepLease(directory, 'beta');
  expect(await readdir(directory)).toEqual([]);
});

thorough("one change at a time, also beside one that was stopped; a killed one is in nobody's way", async () => {
  const other = await actor(
    `await withClusterLock(root, 'alpha', () => { held(); return new Promise(() => undefined); });`,
  );
  other.kill('SIGSTOP');
  const busy = withClusterLock(directory, 'alpha', async () => 'never', 10);
  await expect(busy).rejects.toMatchObject({ code: 'CLUSTER_BUSY', message: expect.stringContaining(`${other.pid}`) });
  const waiting = withClusterLock(directory, 'alpha', async () => 'mine');
  other.kill('SIGKILL');
  expect(await waiting).toBe('mine');
  expect(await readdir(directory)).toEqual([]);
});

test('the folder of the lock that is removed under the work ends nothing and takes nothing', async () => {
  const root = path.join(directory, 'root');
  await mkdir(root);
  const done = await withClusterLock(root, 'alpha', async () => {
    await rm(root, { recursive: true });
    return 'done';
  });
  expect(done).toBe('done');
});

test('locks, old and new, are no clusters', async () => {
  for (const name of ['a', 'a.run', 'a.lock', '.canaryproof-removed-x']) await mkdir(path.join(directory, name));
  await writeFile(path.join(directory, 'a.lease'), '');
  const entries = await readdir(directory, { withFileTypes: true });
  expect(entries.filter(isClusterFolder).map(({ name }) => name)).toEqual(['a']);
});
