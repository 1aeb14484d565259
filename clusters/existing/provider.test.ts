import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ClusterProvider } from '../../harness/ports/cluster.ts';
import { startFakeApiServer } from '../../harness/testkit/fakes/fake-api-server.ts';
import { createFakeClusterClient } from '../../harness/testkit/fakes/fake-cluster-client.ts';
import { createSilentProgress } from '../../harness/testkit/fakes/silent-progress.ts';
import { fewOf } from '../../harness/testkit/runner/thorough.ts';
import { createClusterClient } from '../../k8s/client/cluster-client.ts';
import { createOwnedClient } from '../../k8s/client/owned-client.ts';
import { firstReachable, podBehind, serviceAddresses } from './cluster-access.ts';
import { createExistingProvider } from './provider.ts';
import type { ExistingOptions } from './provider-ports.ts';

const SPEC = { name: 'theirs', addons: ['argocd'], componentVersions: {}, images: [] };
let folder: string;
let api: Awaited<ReturnType<typeof startFakeApiServer>>;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-existing-'));
  api = await startFakeApiServer();
  for (const namespace of ['kube-system', 'istio-system', 'argocd', 'argo-rollouts', 'monitoring']) {
    api.put(`/api/v1/namespaces/${namespace}/pods`, { kind: 'Pod', metadata: { name: 'gone' } });
    api.remove(`/api/v1/namespaces/${namespace}/pods`, 'gone');
  }
});
afterEach(async () => {
  await api[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const ready = { spec: { replicas: 1 }, status: { replicas: 1, updatedReplicas: 1, availableReplicas: 1 } };
function withArgoCd(): void {
  const workload = (kind: string, name: string) => ({ kind, metadata: { name, namespace: 'argocd' }, ...ready });
  api.put('/apis/apps/v1/namespaces/argocd/deployments', workload('Deployment', 'argocd-repo-server'));
  api.put('/apis/apps/v1/namespaces/argocd/statefulsets', workload('StatefulSet', 'argocd-application-controller'));
}
function provider(options: Partial<ExistingOptions> | undefined = {}, ours = false): ClusterProvider {
  return createExistingProvider({
    options: options && {
      kubeconfig: api.kubeconfig,
      context: 'fake',
      allowedContext: 'fake',
      installAddons: false,
      git: { kind: 'users', directory: folder, url: 'http://git.example.com' },
      sharedObjects: [],
      ...options,
    },
    stateRoot: path.join(folder, 'state'),
    isOurs: async () => ours,
    connect: createClusterClient,
    connectOwned: (file, guard, ready) => createOwnedClient(file, guard, { ready }),
    prepare: async () => undefined,
    installAddons: async () => undefined,
    inCluster: { runners: 1, prefix: () => [] },
    staysUp: false,
    now: Date.now,
  });
}
const up = (made: ClusterProvider) => made.up(SPEC, createSilentProgress(), new AbortController().signal);
const writes = () => api.asked.filter(({ method }) => method !== 'GET');
const left = () => readdir(path.join(folder, 'state')).catch(() => []);

describe('bad input changes nothing, on the cluster or here', () => {
  test.each<[string, () => ClusterProvider, string]>(
    fewOf(2, [
      ['no context was named', () => provider(undefined as never), 'CONTEXT_NOT_ALLOWED'],
      ['a context that was not allowed', () => provider({ allowedContext: undefined }), 'CONTEXT_NOT_ALLOWED'],
      ['another one was allowed', () => provider({ allowedContext: 'fakes' }), 'CONTEXT_NOT_ALLOWED'],
      ['a context that is not there', () => provider({ context: 'prod', allowedContext: 'prod' }), 'CONTEXT_UNKNOWN'],
      ['no such file', () => provider({ kubeconfig: '/nowhere/config' }), 'KUBECONFIG_UNREADABLE'],
      ['the addon is missing', () => provider(), 'ADDON_MISSING'],
    ]),
  )('%s', async (title, make, code) => {
    const made = title === 'no context was named' ? createExistingProvider({ ...portsWithout() }) : make();
    const expected = title === 'no context was named' ? 'CONTEXT_MISSING' : code;
    await expect(up(made)).rejects.toMatchObject({ code: expected, hint: expect.any(String) });
    expect(writes()).toEqual([]);
    expect(await left()).toEqual([]);
  });

  test('an API server that is not there', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as net.AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const file = path.join(folder, 'dead');
    await writeFile(file, (await readFile(api.kubeconfig, 'utf8')).replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`));
    await expect(up(provider({ kubeconfig: file }))).rejects.toMatchObject({
      code: 'API_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    expect(await left()).toEqual([]);
  });

  test('credentials that the API server does not know', async () => {
    api.refuse('/version', 401, 'Unauthorized');
    await expect(up(provider())).rejects.toMatchObject({ code: 'API_FORBIDDEN' });
  });
});

function portsWithout(): Parameters<typeof createExistingProvider>[0] {
  return {
    options: undefined,
    stateRoot: path.join(folder, 'state'),
    isOurs: async () => true,
    connect: createClusterClient,
    connectOwned: (file, guard, ready) => createOwnedClient(file, guard, { ready }),
    prepare: async () => undefined,
    installAddons: async () => undefined,
    inCluster: { runners: 1, prefix: () => [] },
    staysUp: false,
    now: Date.now,
  };
}

test('a cluster in use: private kubeconfig of one context, no write, listed, and gone after down', async () => {
  withArgoCd();
  api.resources.set('/api/v1', []);
  const made = provider();
  const cluster = await up(made);
  expect((await stat(cluster.kubeconfigPath)).mode & 0o777).toBe(0o600);
  expect(writes()).toEqual([]);
  expect(cluster).toMatchObject({
    provider: 'existing',
    ingressUrl: undefined,
    git: { url: 'http://git.example.com' },
  });
  expect(await made.list()).toMatchObject([{ name: 'theirs', state: 'running', detail: 'context fake' }]);
  await expect(up(provider({ context: 'fake' }))).resolves.toBeDefined();
  await made.down('theirs', createSilentProgress());
  expect(await left()).toEqual([]);
});

test('a cluster that canaryproof made needs no permission', async () => {
  withArgoCd();
  await expect(up(provider({ allowedContext: undefined }, true))).resolves.toMatchObject({ name: 'theirs' });
});

describe('reaching a service from outside', () => {
  const service = {
    kind: 'Service',
    metadata: { name: 'gateway', namespace: 'istio-system' },
    spec: { selector: { istio: 'gateway' }, ports: [{ port: 80, nodePort: 30_080, targetPort: 'http' }] },
    status: { loadBalancer: { ingress: [{ hostname: 'lb.example.com' }] } },
  };
  const node = {
    kind: 'Node',
    metadata: { name: 'n' },
    status: {
      addresses: [
        { type: 'Hostname', address: 'n' },
        { type: 'InternalIP', address: '192.0.2.7' },
      ],
    },
  };
  test('a load balancer first, then node ports', () => {
    expect(serviceAddresses(service, [node], 80)).toEqual([
      { host: 'lb.example.com', port: 80 },
      { host: '192.0.2.7', port: 30_080 },
    ]);
    expect(serviceAddresses({ ...service, status: {} }, [node], 81)).toEqual([]);
  });
  test('only an address that answers counts', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as net.AddressInfo;
    const reached = await firstReachable([
      { host: '127.0.0.1', port: 1 },
      { host: '127.0.0.1', port },
    ]);
    expect(reached).toBe(`http://127.0.0.1:${port}`);
    await new Promise((resolve) => server.close(resolve));
    expect(await firstReachable([{ host: '127.0.0.1', port }])).toBeUndefined();
  });
  test('else a ready pod behind it, by the number of its named port', async () => {
    const client = createFakeClusterClient();
    await expect(podBehind(client, service, 80)).rejects.toMatchObject({ code: 'SERVICE_WITHOUT_PODS' });
    client.put(
      { apiVersion: 'v1', resource: 'pods', namespace: 'istio-system' },
      {
        kind: 'Pod',
        metadata: { name: 'gateway-1', labels: { istio: 'gateway' } },
        spec: { containers: [{ name: 'proxy', ports: [{ name: 'http', containerPort: 8080 }] }] },
        status: { containerStatuses: [{ name: 'proxy', ready: true, restartCount: 0 }] },
      },
    );
    expect(await podBehind(client, service, 80)).toEqual({ pod: 'gateway-1', port: 8080 });
  });
});
