/** The watch against a real API server that is killed under it: nothing may be lost, and what came late must say so. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterFiles } from '../../clusters/local/cluster-files.ts';
import { packageRoot } from '../../harness/process/package-root.ts';
import { type ClusterClient, createClusterClient } from './cluster-client.ts';
import type { WatchArrival, WatchEventType } from './watch.ts';

const COLLECTION = { apiVersion: 'v1', resource: 'configmaps', namespace: 'default' };
const NAME = 'watch-test';
let home: string;
let client: ClusterClient;

const cli = (...args: string[]) =>
  execa(process.execPath, [path.join(packageRoot(), 'harness/cli/main.ts'), ...args], {
    cwd: home,
    env: { XDG_STATE_HOME: home, CI: 'true' },
    reject: false,
    all: true,
  });
const files = () => clusterFiles(path.join(home, 'canaryproof', 'clusters'), NAME);
const configMap = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data,
});

async function eventually<T>(what: string, probe: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`${what}: not within a minute`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The API server of this test's cluster and no other. */
async function apiServerPid(): Promise<number | undefined> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const argv = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (/\/kube-apiserver$/.test(argv.split('\0')[0] ?? '') && argv.includes(files().sockets)) return Number(pid);
  }
  return undefined;
}

beforeAll(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-watch-'));
  const up = await cli('up', '--name', NAME, '--addon', 'dns');
  if (up.exitCode !== 0) throw new Error(up.all);
  client = createClusterClient(files().kubeconfig);
});
afterAll(async () => {
  await cli('down', '--all');
  await rm(home, { recursive: true, force: true });
});

test('an API server killed and restarted: every object is told of, and late news is marked as late', async () => {
  const told: { type: WatchEventType; name: string; arrival: WatchArrival }[] = [];
  const over = new AbortController();
  const watching = client.watch(
    COLLECTION,
    (type, { metadata }, arrival) => void told.push({ type, name: metadata.name, arrival }),
    over.signal,
  );
  const seen = (type: WatchEventType, name: string) => told.find((event) => event.type === type && event.name === name);

  for (const name of ['a1', 'a2', 'a3']) await client.apply([configMap(name)]);
  for (const step of ['1', '2', '3']) await client.apply([configMap('a1', { step })]);
  await eventually('the last change of a1', () =>
    told.filter(({ type, name }) => type === 'MODIFIED' && name === 'a1').length === 3 ? true : undefined,
  );
  expect(seen('ADDED', 'a3')?.arrival).toEqual({ source: 'watch', sinceMs: undefined });

  const killed = await eventually('the API server', apiServerPid);
  process.kill(killed, 'SIGKILL');
  // written as soon as the server is there again, most likely before the watch is
  await eventually('a write after the restart', () =>
    client.apply([configMap('b1')]).then(
      () => true,
      () => undefined,
    ),
  );
  const writtenAt = Date.now();
  expect(await apiServerPid()).not.toBe(killed);
  await client.delete(COLLECTION, 'a2');
  for (const name of ['b2', 'b3']) await client.apply([configMap(name)]);

  for (const name of ['b1', 'b2', 'b3']) await eventually(`news of ${name}`, () => seen('ADDED', name));
  await eventually('news of the deletion', () => seen('DELETED', 'a2'));
  // nothing twice: what was known before the kill is not told as new
  expect(told.filter(({ type, name }) => type === 'ADDED' && name === 'a1')).toHaveLength(1);
  // news that did not come live names a time span, and the write lies in it
  const { sinceMs } = seen('ADDED', 'b1')?.arrival ?? {};
  if (sinceMs !== undefined) expect(sinceMs).toBeLessThanOrEqual(writtenAt);
  expect(seen('ADDED', 'kube-root-ca.crt')?.arrival).toEqual({ source: 'list', sinceMs: Number.NEGATIVE_INFINITY });
  over.abort();
  await watching;
});
