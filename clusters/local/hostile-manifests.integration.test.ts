/** Manifests of a tenant who means no good, on a real local cluster: what they get of the machine is nothing. */
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../harness/process/package-root.ts';
import { createApiRequest } from '../../k8s/client/api-request.ts';
import { type ClusterClient, createClusterClient, readKubeconfig } from '../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../k8s/client/object.ts';
import { machinePolicies, POD_POLICY } from './admission/machine-policies.ts';
import { clusterFiles } from './cluster-files.ts';

const IMAGE = 'registry.k8s.io/coredns/coredns';
const PODS = { apiVersion: 'v1', resource: 'pods', namespace: 'default' } as const;
const NAME = 'hostile';
let home: string;
let client: ClusterClient;

const cli = (...args: string[]) =>
  execa(process.execPath, [path.join(packageRoot(), 'harness/cli/main.ts'), ...args], {
    cwd: home,
    env: { XDG_STATE_HOME: home, CI: 'true' },
    reject: false,
    all: true,
  });

const kubeconfig = () => clusterFiles(path.join(home, 'canaryproof', 'clusters'), NAME, '').kubeconfig;

beforeAll(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-hostile-'));
  const up = await cli('up', '--name', NAME, '--addon', 'dns');
  expect(up.exitCode, up.all).toBe(0);
  client = createClusterClient(kubeconfig());
});
afterAll(async () => {
  await cli('down', '--name', NAME);
  await rm(home, { recursive: true, force: true });
});

type Spec = Readonly<Record<string, unknown>>;
const pod = (name: string, script: string, container: Spec = {}, spec: Spec = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: {
    restartPolicy: 'Never',
    containers: [{ name: 'c', image: IMAGE, command: ['sh', '-c', `exec 2>&1; ${script}`], ...container }],
    ...spec,
  },
});
const withHostPath = (name: string, hostPath: Spec, script = 'ls /h') =>
  pod(name, script, { volumeMounts: [{ name: 'h', mountPath: '/h' }] }, { volumes: [{ name: 'h', hostPath }] });

async function outputOf(object: KubeObject): Promise<string> {
  await client.apply([object]);
  const { name } = object.metadata;
  const isOver = (found: KubeObject | undefined) =>
    ['Succeeded', 'Failed'].includes((found?.status as { phase?: string } | undefined)?.phase ?? '');
  await client.waitFor(PODS, name, isOver, { timeoutMs: 60_000, what: `pod ${name} to end` });
  return client.getText(`/api/v1/namespaces/default/pods/${name}/log`);
}

async function warningOf(object: KubeObject): Promise<string> {
  await client.apply([object]);
  const deadline = Date.now() + 60_000;
  for (;;) {
    const events = await client.list({ apiVersion: 'v1', resource: 'events', namespace: 'default' });
    const found = (events as readonly (KubeObject & Record<string, unknown>)[]).find(
      (event) =>
        event.type === 'Warning' &&
        // the first pod of a namespace may come before the controller has put the cluster's certificate there
        !String(event.message).includes('kube-api-access') &&
        (event.involvedObject as { name?: string } | undefined)?.name === object.metadata.name,
    );
    if (found) return String(found.message);
    if (Date.now() > deadline) throw new Error(`no warning about ${object.metadata.name}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const reaching = (name: string): readonly KubeObject[] => [
  ...['hostNetwork', 'hostPID', 'hostIPC'].map((field) => pod(name, 'true', {}, { [field]: true })),
  pod(name, 'true', { securityContext: { privileged: true } }),
  withHostPath(name, { path: '/root' }),
];

describe('what the API server refuses', () => {
  test('pods that reach for the machine, when they are deployed', async () => {
    for (const object of reaching('refused')) {
      await expect(client.apply([object]), JSON.stringify(object.spec)).rejects.toThrow(`'${POD_POLICY}'`);
      expect(await client.get(PODS, 'refused')).toBeUndefined();
    }
  });

  test('by policies that the next `up` puts right, whatever was deployed since', async () => {
    await removePolicies();
    const again = await cli('up', '--name', NAME, '--addon', 'dns');
    expect(again.exitCode, again.all).toBe(0);
    for (const object of reaching('again')) await expect(client.apply([object])).rejects.toThrow(`'${POD_POLICY}'`);
  });
});

/** As a manifest may that Argo CD deploys; returns when the API server has learnt of it. */
async function removePolicies(): Promise<void> {
  for (const { apiVersion = '', kind = '', metadata } of machinePolicies().filter(({ kind }) =>
    /Binding$/.test(kind ?? ''),
  ))
    await client.delete(await client.locate({ apiVersion, kind, namespace: '' }), metadata.name);
  const request = createApiRequest(readKubeconfig(kubeconfig()));
  const taken = () =>
    request('POST', '/api/v1/namespaces/default/pods?dryRun=All', {
      body: pod('probe', 'true', {}, { hostPID: true }),
      contentType: 'application/json',
    }).then(
      () => true,
      () => false,
    );
  const deadline = performance.now() + 60_000;
  while (!(await taken())) if (performance.now() > deadline) throw new Error('the policies are in force still');
}

describe('what the runtime refuses, where the policies were taken away', () => {
  beforeAll(removePolicies);

  test.each(['/root', '/', '/etc', '/var/lib/kubelet', '/proc/1/root/root'])('hostPath %s is refused', async (at) => {
    const name = `at${at.replaceAll(/[^a-z0-9]/g, '-')}`.replace(/-+$/, '');
    expect(await warningOf(withHostPath(name, { path: at }))).toContain(
      'here a hostPath may only be a folder directly',
    );
  });

  test('a hostPath that is to be made is not made on the machine', async () => {
    const at = path.join(home, 'made');
    const warning = await warningOf(withHostPath('made', { path: at, type: 'DirectoryOrCreate' }));
    expect(warning).toContain('read-only file system');
    await expect(access(at)).rejects.toThrow();
  });

  test("the node's own folder holds what one pod leaves for another", async () => {
    const hostPath = { path: '/var/lib/canaryproof/host-path/shared', type: 'DirectoryOrCreate' };
    expect(await outputOf(withHostPath('writer', hostPath, 'echo left > /h/x'))).toBe('');
    expect(await outputOf(withHostPath('reader', hostPath, 'cat /h/x'))).toBe('left\n');
    await expect(access(hostPath.path)).rejects.toThrow();
  });

  test('privileged, with the pids and the network of the node: nothing of the machine', async () => {
    const pattern = await readFile('/proc/sys/kernel/core_pattern', 'utf8');
    const script = [
      'ls /proc/1/root/root && echo REACHED',
      'cat /proc/1/environ && echo REACHED',
      'mount -t tmpfs t /mnt && echo REACHED',
      'mount -t devtmpfs d /mnt && echo REACHED',
      'mknod /tmp/disk b 254 0 && echo REACHED',
      'echo x > /proc/sys/kernel/core_pattern && echo REACHED',
      'for port in 2379 2380; do (exec 3<>/dev/tcp/127.0.0.1/$port) && echo REACHED; done',
      'echo tried',
    ].join('; ');
    const everything = { hostPID: true, hostNetwork: true, hostIPC: true };
    const output = await outputOf(
      pod(
        'privileged',
        '',
        { securityContext: { privileged: true }, command: ['bash', '-c', `exec 2>&1; ${script}`] },
        everything,
      ),
    );
    expect(output).toContain('tried');
    expect(output).not.toContain('REACHED');
    expect(await readFile('/proc/sys/kernel/core_pattern', 'utf8')).toBe(pattern);
  });
});

test('the kubelet lets nobody in without a name, and etcd is behind no port', async () => {
  const record = await readFile(path.join(home, 'canaryproof', 'clusters', NAME, 'processes.json'), 'utf8');
  const { init } = JSON.parse(record) as { init: { pid: number } };
  const inNode = (...argv: string[]) =>
    execa('nsenter', ['-t', String(init.pid), '-n', '--', ...argv], { reject: false });
  const ask =
    "fetch('https://10.244.0.1:10250/pods').then((r) => console.log(r.status), (e) => console.log(e.message))";
  const answer = await inNode('env', 'NODE_TLS_REJECT_UNAUTHORIZED=0', process.execPath, '-e', ask);
  expect(answer.stdout).toBe('401');
  for (const port of [2379, 2380])
    expect((await inNode('bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${port}`)).exitCode).not.toBe(0);
});
