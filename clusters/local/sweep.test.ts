import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { thorough } from '../../harness/testkit/runner/thorough.ts';
import { MARK_VARIABLE } from '../access/ownership/marked-processes.ts';
import { identifyProcess, isAlive } from '../access/ownership/process-identity.ts';
import { type ClusterFiles, clusterFiles } from './cluster-files.ts';
import { endClusterProcesses, findClusterProcesses, recordProcesses, writeMark } from './node-processes.ts';
import { sweepCluster } from './sweep.ts';

const asRoot = process.geteuid?.() === 0;
const NOBODY = 65534;
const MARK = 'c0ffee'.repeat(6);
let folder: string;
let root: string;
let files: ClusterFiles;
const started: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-sweep-'));
  root = path.join(folder, 'clusters');
  await mkdir(path.join(folder, 'run'), { mode: 0o700 });
  files = of('a');
});
afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});
const of = (name: string) => clusterFiles(root, name, path.join(folder, 'run'));

interface Neighbour {
  readonly mark?: string;
  readonly uid?: number;
}

/** A program that waits, under the name and arguments that a supervisor has. */
async function supervisor(name: string, { mark, uid }: Neighbour = {}): Promise<ChildProcess & { pid: number }> {
  const drop = uid === undefined ? [] : ['setpriv', `--reuid=${uid}`, '--clear-groups', '--'];
  const [program = '', ...args] = [
    ...drop,
    'sh',
    '-c',
    'echo up; while :; do sleep 1; done',
    'supervisor.ts',
    root,
    name,
  ];
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: '/usr/sbin:/usr/bin:/bin', ...(mark === undefined ? {} : { [MARK_VARIABLE]: mark }) },
  });
  started.push(child);
  await once(child.stdout, 'data');
  return child as unknown as ChildProcess & { pid: number };
}
async function make(cluster: ClusterFiles, mark: string): Promise<void> {
  for (const directory of [cluster.logs, cluster.sockets]) await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeMark(cluster, mark);
}
const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );

test('a sweep kills what carries the mark and removes directory and sockets; other clusters stay', async () => {
  await make(files, MARK);
  await make(of('b'), `${MARK}b`);
  const [ours, other] = [await supervisor('a', { mark: MARK }), await supervisor('b', { mark: `${MARK}b` })];
  expect((await sweepCluster(files)).processes).toBeGreaterThanOrEqual(1);
  expect(ours.signalCode ?? (await once(ours, 'exit'))[1]).toBe('SIGKILL');
  expect([await exists(files.directory), await exists(files.sockets)]).toEqual([false, false]);
  expect(await exists(of('b').directory)).toBe(true);
  expect((await findClusterProcesses(of('b'))).map(({ pid }) => pid)).toContain(other.pid);
});

test('a process that only has the same words is found by nobody and lives on', async () => {
  await make(files, MARK);
  const lookalike = await supervisor('a');
  const identity = (await identifyProcess(lookalike.pid))!;
  expect(await findClusterProcesses(files)).toEqual([]);
  expect(await sweepCluster(files)).toEqual({ processes: 0 });
  expect(await isAlive(identity)).toBe(true);
});

test.runIf(asRoot)("another user's process lives on, even one that carries a stolen mark", async () => {
  await make(files, MARK);
  const neighbours = [await supervisor('a', { uid: NOBODY }), await supervisor('a', { uid: NOBODY, mark: MARK })];
  const identities = await Promise.all(neighbours.map(({ pid }) => identifyProcess(pid)));
  expect(await sweepCluster(files)).toEqual({ processes: 0 });
  for (const identity of identities) expect(await isAlive(identity!)).toBe(true);
});

test.runIf(asRoot)("a neighbour's folder or link in the place of ours stays whole, and is said", async () => {
  const precious = path.join(folder, 'precious');
  await mkdir(precious);
  await writeFile(path.join(precious, 'file'), 'theirs');
  await mkdir(path.join(files.sockets, 'inside'), { recursive: true });
  await chown(files.sockets, NOBODY, NOBODY);
  await expect(sweepCluster(files)).rejects.toMatchObject({ code: 'TREE_NOT_OURS', where: files.sockets });
  expect(await readdir(files.sockets)).toEqual(['inside']);
  await rm(files.sockets, { recursive: true });
  await symlink(precious, files.sockets);
  await expect(sweepCluster(files)).rejects.toMatchObject({ code: 'TREE_NOT_OURS' });
  expect(await readFile(path.join(precious, 'file'), 'utf8')).toBe('theirs');
});

test('the sockets that `up` had in another runtime folder go too, and nothing else that is named there', async () => {
  await make(files, MARK);
  const elsewhere = path.join(folder, 'elsewhere', path.basename(files.sockets));
  await mkdir(elsewhere, { recursive: true });
  await writeFile(files.socketsAt, `${elsewhere}\n`);
  await sweepCluster(files);
  expect([await exists(elsewhere), await exists(files.sockets)]).toEqual([false, false]);
  const other = path.join(folder, 'elsewhere');
  await make(files, MARK);
  await writeFile(files.socketsAt, `${other}\n`);
  await sweepCluster(files);
  expect(await exists(other)).toBe(true);
});

thorough('either of the two places where the mark is written finds the processes', async () => {
  for (const kept of [0, 1] as const) {
    await make(files, MARK);
    const child = await supervisor('a', { mark: MARK });
    await rm(files.marks[1 - kept]!);
    expect((await findClusterProcesses(files)).map(({ pid }) => pid)).toContain(child.pid);
    await sweepCluster(files);
    expect(await identifyProcess(child.pid)).toBeUndefined();
  }
});

test('a cluster that lives without a mark is said, and keeps its files', async () => {
  await make(files, MARK);
  const child = await supervisor('a');
  const alive = (await identifyProcess(child.pid))!;
  const ports = { api: 1, ingress: 2, prometheus: 3 };
  await writeFile(files.state, JSON.stringify({ specHash: 'h', createdAt: 1, supervisor: alive, init: alive, ports }));
  for (const mark of files.marks) await rm(mark);
  await expect(sweepCluster(files)).rejects.toMatchObject({ code: 'CLUSTER_UNMARKED', hint: expect.any(String) });
  expect([await isAlive(alive), await exists(files.state)]).toEqual([true, true]);
});

test('a mark that is too short to be ours finds nothing', async () => {
  await make(files, 'a');
  await supervisor('a', { mark: 'a' });
  expect(await findClusterProcesses(files)).toEqual([]);
});

test.runIf(asRoot)('returns only when every process of the pid namespace is gone, without a mark or with', async () => {
  await make(files, MARK);
  const program = 'for i in 1 2 3 4 5; do env -i sh -c "while :; do sleep 1; done" & done; echo up; wait';
  const node = spawn('unshare', ['-p', '-f', '--mount-proc', 'sh', '-c', program], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: '/usr/sbin:/usr/bin:/bin', [MARK_VARIABLE]: MARK },
  });
  started.push(node);
  await once(node.stdout, 'data');
  const { findInPidNamespace, pidNamespaceOf } = await import('../access/ownership/marked-processes.ts');
  const own = await pidNamespaceOf('self');
  const namespaces = await Promise.all((await findClusterProcesses(files)).map(({ pid }) => pidNamespaceOf(pid)));
  const inner = namespaces.find((namespace) => namespace !== own)!;
  expect((await findInPidNamespace(inner)).length).toBeGreaterThan(5);
  expect(await endClusterProcesses(files)).toBeGreaterThan(1);
  expect(await findInPidNamespace(inner)).toEqual([]);
});

test('what was written down and is ending is waited for; of another boot it means nothing', async () => {
  await make(files, MARK);
  const child = await supervisor('a');
  const identity = (await identifyProcess(child.pid))!;
  await recordProcesses(files, { supervisor: identity, init: identity });
  // unmarked, so not killed; like a process that has given its memory back already
  const { promise: sawTwice, resolve } = Promise.withResolvers<number>();
  let looks = 0;
  const ending = endClusterProcesses(files, undefined, (left) => {
    looks += 1;
    if (looks === 2) resolve(left);
  });
  expect(await Promise.race([ending, sawTwice])).toBe(1);
  expect(looks).toBeGreaterThan(1);
  expect(await isAlive(identity)).toBe(true);
  child.kill('SIGKILL');
  expect(await ending).toBe(1);
  const other = await supervisor('a');
  const record = JSON.parse(await readFile(files.processes, 'utf8')) as object;
  const alive = (await identifyProcess(other.pid))!;
  await writeFile(files.processes, JSON.stringify({ ...record, bootId: 'other', supervisor: alive, init: alive }));
  expect(await endClusterProcesses(files)).toBe(0);
});

test('where nothing is there, nothing happens, however often', async () => {
  expect(await sweepCluster(of('never-made'))).toEqual({ processes: 0 });
  expect(await sweepCluster(of('never-made'))).toEqual({ processes: 0 });
});

thorough('processes can be ended and the files kept for whoever reads the logs', async () => {
  await make(files, MARK);
  await supervisor('a', { mark: MARK });
  await endClusterProcesses(files);
  expect(await findClusterProcesses(files)).toEqual([]);
  expect(await exists(files.logs)).toBe(true);
  await chmod(files.logs, 0o700);
});
