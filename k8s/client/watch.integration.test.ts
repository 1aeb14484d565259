/** The watch against a real API server that is killed under it: nothing may be lost, and what came late must say so. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterFiles } from '../../clusters/local/cluster-files.ts';
import { packageRoot } from '../../harness/process/package-root.ts';
import { runProgram } from '../../harness/process/run-program.ts';
import { ApiError } from './api-request.ts';
import { type ClusterClient, createClusterClient } from './cluster-client.ts';
import { makeNamespace } from './make-namespace.ts';
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
const files = () => clusterFiles(path.join(home, 'canaryproof', 'clusters'), NAME, '');
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

test('a namespace that was just deleted is made again and written to at once', async () => {
  const NAMESPACES = { apiVersion: 'v1', resource: 'namespaces' };
  const inIt = { ...configMap('held'), metadata: { name: 'held', namespace: 'again' } };
  await makeNamespace(client, 'again');
  // the finalizer keeps it on its way out until it is taken off
  const kept = { ...inIt.metadata, finalizers: ['canaryproof.test/held'] };
  await client.apply([{ ...inIt, metadata: kept }]);
  await client.delete(NAMESPACES, 'again');
  await expect(client.apply([{ ...inIt, metadata: { ...inIt.metadata, name: 'new' } }])).rejects.toThrow(/terminated/);
  const making = makeNamespace(client, 'again');
  const held = { ...COLLECTION, namespace: 'again' };
  await client.patch(held, 'held', 'merge', { metadata: { finalizers: null } });
  await making;
  await client.apply([inIt]);
  expect(await client.get(held, 'held')).toBeDefined();
}, 120_000);

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

/** A TCP way to the API server that can be cut while the server lives on, and a kubeconfig that leads over it. */
async function cuttableWay() {
  const kubeconfig = await readFile(files().kubeconfig, 'utf8');
  const [address = '', port] = /https:\/\/127\.0\.0\.1:(\d+)/.exec(kubeconfig) ?? [];
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return near.destroy();
    const far = connect(Number(port), '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy()).on('close', () => other.destroy() && open.delete(one));
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const file = path.join(home, 'kubeconfig-over-the-way');
  const own = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await writeFile(file, kubeconfig.replaceAll(address, own), { mode: 0o600 });
  return {
    kubeconfig: file,
    cut() {
      isCut = true;
      for (const socket of open) socket.destroy();
    },
    mend() {
      isCut = false;
    },
    async [Symbol.asyncDispose]() {
      this.cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Forgets every revision of etcd but the newest, through etcd's own HTTP gateway on its socket. @returns the newest */
async function compactEtcd(): Promise<number> {
  const program = `
    const http = require('node:http');
    const ask = (path, body) => new Promise((resolve, reject) => {
      const request = http.request({ socketPath: process.argv[1], method: 'POST', path: '/v3/kv/' + path }, (answer) => {
        let text = '';
        answer.on('data', (part) => { text += part; });
        answer.on('end', () => answer.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(path + ': ' + text)));
      });
      request.on('error', reject);
      request.end(JSON.stringify(body));
    });
    ask('range', { key: 'AA==' })
      .then(({ header }) => ask('compaction', { revision: header.revision, physical: true }).then(() => header.revision))
      .then((revision) => process.stdout.write(revision));`;
  const pid = await eventually('the API server', apiServerPid);
  const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
  const socket = argv.find((word) => word.startsWith('--etcd-servers='))?.replace('--etcd-servers=unix://', '') ?? '';
  const user = process.getuid?.() === 0 ? [] : ['--user', '--preserve-credentials'];
  // the socket lies on the node's own tmpfs
  const enter = ['nsenter', '-t', String(pid), '--mount', '--net', ...user] as const;
  const { stdout } = await runProgram([...enter, process.execPath, '-e', program, socket]);
  return Number(stdout);
}

/** What the server answers who wants to go on from this version: the code of its refusal; undefined when it serves. */
async function refusalOf(version: string): Promise<number | undefined> {
  try {
    const text = await client.getText(
      `/api/v1/namespaces/default/configmaps?watch=true&timeoutSeconds=1&resourceVersion=${version}`,
    );
    const [first] = text.split('\n').filter(Boolean);
    const event = JSON.parse(first ?? '{}') as { type?: string; object?: { code?: number } };
    return event.type === 'ERROR' ? event.object?.code : undefined;
  } catch (error) {
    if (error instanceof ApiError) return error.status;
    throw error;
  }
}

test('410 Gone, for real: the watch lists anew, loses nothing, and says that what it tells came by a list', async () => {
  await using way = await cuttableWay();
  const told: { type: WatchEventType; name: string; version: string; step: string; arrival: WatchArrival }[] = [];
  const over = new AbortController();
  const watching = createClusterClient(way.kubeconfig).watch(
    COLLECTION,
    (type, { metadata: { name, resourceVersion = '' }, ...object }, arrival) => {
      const { data = {} } = object as { data?: Record<string, string> };
      told.push({ type, name, version: resourceVersion, step: data.step ?? '', arrival });
    },
    over.signal,
  );
  const of = (name: string) => told.filter((event) => event.name === name);
  for (const name of ['g1', 'g2', 'g3']) await client.apply([configMap(name, { step: 'before' })]);
  await eventually('the watch before the cut', () => (of('g3').length > 0 ? true : undefined));
  // written last; what was told last may be old, where all of it came by a list in the order of names
  const heardOf = of('g3').at(-1)!.version;
  expect(await refusalOf(heardOf)).toBeUndefined();

  way.cut();
  const cutAt = Date.now();
  // nobody tells the watch of any of these
  await client.delete(COLLECTION, 'g1');
  for (const step of ['first', 'second']) await client.apply([configMap('g2', { step })]);
  await client.apply([configMap('g4', { step: 'new' })]);
  await client.apply([configMap('g5')]);
  await client.delete(COLLECTION, 'g5');
  // neither etcd nor the API server's own memory of events shall reach back to where the watch was
  expect(await compactEtcd()).toBeGreaterThan(Number(heardOf));
  const killed = await eventually('the API server', apiServerPid);
  process.kill(killed, 'SIGKILL');
  await eventually('the refusal of the old version', async () =>
    (await refusalOf(heardOf).catch(() => undefined)) === 410 ? true : undefined,
  );
  const before = told.length;
  way.mend();

  await eventually('the deletion', () => of('g1').find(({ type }) => type === 'DELETED'));
  const recovered = told.slice(before).filter(({ name }) => /^g\d$/.test(name));
  expect(recovered.map(({ type, name, step }) => `${type} ${name} ${step}`).sort()).toEqual([
    'ADDED g4 new',
    // of a deleted object the last that was known
    'DELETED g1 before',
    // states in between are lost with their versions, and `list` says so
    'MODIFIED g2 second',
  ]);
  for (const { arrival } of recovered) {
    expect(arrival.source).toBe('list');
    expect(arrival.sinceMs).toBeLessThanOrEqual(cutAt);
    expect(arrival.sinceMs).toBeGreaterThan(cutAt - 60_000);
  }
  // from there on it is live again
  await client.apply([configMap('g6')]);
  await eventually('news of g6', () => (of('g6').length > 0 ? true : undefined));
  expect(of('g6')).toMatchObject([{ type: 'ADDED', arrival: { source: 'watch', sinceMs: undefined } }]);
  expect(of('g3')).toHaveLength(1);
  expect(of('g5')).toEqual([]);
  over.abort();
  await watching;
});
