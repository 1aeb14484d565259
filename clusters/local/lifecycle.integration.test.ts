/** The life of local clusters as a user meets it, with the real programs: up, exec, kills of every kind, down. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../harness/process/package-root.ts';
import { identifyProcess } from '../access/ownership/process-identity.ts';
import { clusterFiles } from './cluster-files.ts';
import { findClusterProcesses } from './node-processes.ts';
import { clusterStateSchema } from './node-spec.ts';
import { makeRuntimeRoot } from './runtime-root.ts';

const root = packageRoot();
const KUBECTL = process.env.CANARYPROOF_KUBECTL ?? '';
let home: string;
let stateRoot: string;
let runtimeRoot: string;
const filesOf = (name: string) => clusterFiles(stateRoot, name, runtimeRoot);

const cli = (...args: string[]) =>
  execa(process.execPath, [path.join(root, 'harness/cli/main.ts'), ...args], {
    cwd: home,
    env: { XDG_STATE_HOME: home, CI: 'true' },
    reject: false,
    all: true,
  });
const kubectl = (name: string, ...args: string[]) =>
  execa(KUBECTL, ['--kubeconfig', filesOf(name).kubeconfig, ...args], { reject: false, all: true });
const up = async (name: string) => {
  const result = await cli('up', '--name', name, '--addon', 'dns');
  expect(result.exitCode, result.all).toBe(0);
};
const state = async (name: string) => clusterStateSchema.parse(JSON.parse(await readFile(filesOf(name).state, 'utf8')));

/** What a cluster could leave behind on the machine. */
async function traces() {
  const lines = (argv: [string, ...string[]]) =>
    execFileSync(argv[0], argv.slice(1), { encoding: 'utf8' }).split('\n').sort();
  const sysctls = [
    'kernel/panic',
    'vm/overcommit_memory',
    'net/ipv4/ip_forward',
    'kernel/panic_on_oops',
    'kernel/keys/root_maxkeys',
  ];
  return {
    links: lines(['ip', '-o', 'link']).map((line) => line.split(':')[1]),
    namespaces: lines(['ip', 'netns', 'list']),
    mounts: (await readFile('/proc/self/mounts', 'utf8')).split('\n').sort(),
    rules: lines(['iptables-save']).filter((line) => !line.startsWith('#')),
    sysctls: await Promise.all(sysctls.map((name) => readFile(`/proc/sys/${name}`, 'utf8'))),
    sockets: await readdir(runtimeRoot),
  };
}

/** Polls, because a killed process is gone a moment later and not at once. */
async function eventually<T>(what: string, probe: () => Promise<T | undefined | false>, limitMs = 60_000): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

beforeAll(async () => {
  if (KUBECTL === '') throw new Error('CANARYPROOF_KUBECTL is not set: run these tests through `npm test`');
  home = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-lifecycle-'));
  stateRoot = path.join(home, 'canaryproof', 'clusters');
  runtimeRoot = await makeRuntimeRoot(stateRoot);
});
afterEach(async () => {
  await cli('down', '--all');
});
afterAll(() => rm(home, { recursive: true, force: true }));

describe('a local cluster', () => {
  test('comes up, is left alone by a second up, runs exec and port-forward, and leaves nothing after down', async () => {
    const before = await traces();
    await up('alpha');
    const first = await state('alpha');
    await up('alpha');
    expect(await state('alpha')).toEqual(first);

    const kubeconfig = filesOf('alpha').kubeconfig;
    expect(execFileSync('stat', ['-c', '%a', kubeconfig], { encoding: 'utf8' }).trim()).toBe('600');
    const exec = await kubectl(
      'alpha',
      '-n',
      'kube-system',
      'exec',
      'deploy/coredns',
      '--',
      'sh',
      '-c',
      'echo out; exit 7',
    );
    expect(exec.all).toContain('out');
    expect(exec.exitCode).toBe(7);
    const forward = spawn(KUBECTL, [
      ...['--kubeconfig', kubeconfig, '-n', 'kube-system', 'port-forward', 'deploy/coredns', ':8181'],
    ]);
    let said = '';
    forward.stdout.on('data', (text: Buffer) => {
      said += text.toString();
    });
    const port = await eventually('port-forward', async () => /127\.0\.0\.1:(\d+)/.exec(said)?.[1], 20_000);
    expect(await (await fetch(`http://127.0.0.1:${port}/ready`)).text()).toBe('OK');
    forward.kill();

    expect((await cli('down', '--name', 'alpha')).exitCode).toBe(0);
    expect(await findClusterProcesses(filesOf('alpha'))).toEqual([]);
    expect(await readdir(stateRoot)).toEqual([]);
    expect(await traces()).toEqual(before);
  });

  test('says which image is missing and what to do', async () => {
    await up('alpha');
    await kubectl('alpha', 'create', 'deployment', 'x', '--image=example.com/none:1');
    const message = await eventually('ErrImagePull', async () => {
      const { stdout } = await kubectl(
        'alpha',
        'get',
        'pods',
        '-o',
        'jsonpath={.items[*].status.containerStatuses[*].state.waiting.message}',
      );
      return String(stdout).includes('catalogue') && String(stdout);
    });
    expect(message).toContain('example.com/none:1');
  });

  test('two live side by side', async () => {
    await up('alpha');
    await up('beta');
    for (const name of ['alpha', 'beta']) {
      const nodes = await kubectl(name, 'get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}');
      expect(nodes.stdout).toBe('local');
    }
    expect((await state('alpha')).ports.api).not.toBe((await state('beta')).ports.api);
    expect((await cli('down', '--name', 'alpha')).exitCode).toBe(0);
    expect((await kubectl('beta', 'get', '--raw', '/readyz')).stdout).toBe('ok');
  });
});

describe('killed with SIGKILL', () => {
  test('the supervisor takes the whole node with it, and the next up recovers', async () => {
    await up('alpha');
    const { supervisor, init } = await state('alpha');
    process.kill(supervisor.pid, 'SIGKILL');
    await eventually('node init gone', async () => (await identifyProcess(init.pid)) === undefined);
    await eventually('every process gone', async () => (await findClusterProcesses(filesOf('alpha'))).length === 0);
    expect((await cli('status')).all).toContain('broken');
    await up('alpha');
    expect((await kubectl('alpha', 'get', '--raw', '/readyz')).stdout).toBe('ok');
  });

  test('the node init ends the supervisor, and down cleans up', async () => {
    await up('alpha');
    const { init } = await state('alpha');
    process.kill(init.pid, 'SIGKILL');
    await eventually('every process gone', async () => (await findClusterProcesses(filesOf('alpha'))).length === 0);
    expect((await cli('down', '--name', 'alpha')).exitCode).toBe(0);
    expect(await readdir(stateRoot)).toEqual([]);
  });

  test('the kubelet is started again, and its pods run on', async () => {
    await up('alpha');
    const pod = async () =>
      (
        await kubectl(
          'alpha',
          '-n',
          'kube-system',
          'get',
          'pods',
          '-o',
          'jsonpath={.items[*].metadata.uid} {.items[*].status.containerStatuses[*].restartCount}',
        )
      ).stdout;
    const before = await pod();
    const { init } = await state('alpha');
    const children = (await readFile(`/proc/${init.pid}/task/${init.pid}/children`, 'utf8'))
      .trim()
      .split(' ')
      .map(Number);
    const kubelets: number[] = [];
    for (const pid of children)
      if ((await readFile(`/proc/${pid}/comm`, 'utf8')).trim() === 'kubelet') kubelets.push(pid);
    expect(kubelets).toHaveLength(1);
    process.kill(kubelets[0]!, 'SIGKILL');
    const probe = `restarted-${Date.now()}`;
    await eventually('a new kubelet runs a pod', async () => {
      await kubectl('alpha', '-n', 'kube-system', 'scale', 'deploy/coredns', '--replicas=2');
      const ready = await kubectl(
        'alpha',
        '-n',
        'kube-system',
        'get',
        'deploy/coredns',
        '-o',
        'jsonpath={.status.readyReplicas}',
      );
      return ready.stdout === '2' && probe;
    });
    expect(String(await pod())).toContain(String(before).split(' ')[0]);
  });

  test('the CLI in the middle of up leaves what down and the next up can handle', async () => {
    const child = cli('up', '--name', 'alpha', '--addon', 'dns');
    await eventually('the supervisor started', async () => (await findClusterProcesses(filesOf('alpha'))).length > 0);
    child.kill('SIGKILL');
    await child;
    expect((await cli('down', '--name', 'alpha')).exitCode).toBe(0);
    expect(await findClusterProcesses(filesOf('alpha'))).toEqual([]);
    await up('alpha');
  });
});
