import { describe, expect, test } from 'vitest';
import { createFakeClusterClient } from '../../../harness/testkit/fakes/fake-cluster-client.ts';
import { imageComponents } from './image-components.ts';
import { nodePortService, openNodePorts } from './node-ports.ts';
import { pullFailures, withPullWatch } from './pull-failures.ts';
import { editingClient, withoutFixedAddress, withPreloadedImages } from './real-images.ts';
import { checkSupportedVersion } from './version-support.ts';

test('addon manifests lose what only our own clusters have', async () => {
  const client = createFakeClusterClient();
  const service = { kind: 'Service', metadata: { name: 'a' }, spec: { clusterIP: '10.96.0.80', type: 'ClusterIP' } };
  const headless = { kind: 'Service', metadata: { name: 'b' }, spec: { clusterIP: 'None' } };
  await editingClient(client, withoutFixedAddress).apply([service, headless]);
  expect(client.applied.map(({ spec }) => spec)).toEqual([{ type: 'ClusterIP' }, { clusterIP: 'None' }]);

  const pod = {
    containers: [{ image: 'a', imagePullPolicy: 'Always' }, { image: 'b' }],
    initContainers: [{ image: 'c' }],
  };
  const edited = withPreloadedImages({
    kind: 'Deployment',
    metadata: { name: 'a' },
    spec: { template: { spec: pod } },
  });
  const { containers, initContainers } = (
    (edited.spec as { template: unknown }).template as { spec: Record<string, { imagePullPolicy: string }[]> }
  ).spec;
  expect([...(containers ?? []), ...(initContainers ?? [])].map((one) => one.imagePullPolicy)).toEqual(
    Array.from({ length: 3 }, () => 'IfNotPresent'),
  );
});

describe('NodePorts', () => {
  const SERVICES = { apiVersion: 'v1', resource: 'services', namespace: 'istio-system' };
  const gateway = {
    kind: 'Service',
    metadata: { name: 'istio-ingressgateway', namespace: 'istio-system' },
    spec: {
      selector: { istio: 'ingressgateway' },
      ports: [
        { name: 'status-port', port: 15_021, targetPort: 15_021 },
        { name: 'http2', port: 80, targetPort: 8080 },
      ],
    },
  };
  test('lead to the same pods as the service of the addon', async () => {
    const client = createFakeClusterClient();
    client.put(SERVICES, gateway);
    await openNodePorts(client, ['istio', 'argocd']);
    expect(client.applied).toMatchObject([
      {
        metadata: { name: 'istio-ingressgateway-nodeport', namespace: 'istio-system' },
        spec: {
          type: 'NodePort',
          selector: { istio: 'ingressgateway' },
          ports: [{ port: 80, targetPort: 8080, nodePort: 30_080 }],
        },
      },
    ]);
  });
  test('a service that is missing is an error', () => {
    const source = { namespace: 'a', service: 'b', port: 80, nodePort: 30_080 };
    expect(() => nodePortService(undefined, source)).toThrow(expect.objectContaining({ code: 'SERVICE_MISSING' }));
  });
});

describe('images', () => {
  const DIGEST = `sha256:${'a'.repeat(64)}`;
  const pod = (image: string, state: object = {}) => ({
    metadata: { name: 'p' },
    status: { containerStatuses: [{ image, imageID: `docker.io/x@${DIGEST}`, state }] },
  });
  test('own builds are named as own builds, the node brings its own, all others by digest', () => {
    const origins = new Map([['quay.io/a/b:v1', 'own build: of a module']]);
    const found = imageComponents(
      [pod('quay.io/a/b:v1'), pod('registry.k8s.io/etcd:3.6'), pod('ghcr.io/c@sha256:1'), pod('quay.io/a/b:v1')],
      origins,
      'own build, brought by the node image x',
    );
    expect(found).toEqual([
      { name: 'b', version: 'v1', origin: 'own build: of a module, image quay.io/a/b:v1, sha256:aaaaaaaaaaaa' },
      { name: 'c', version: 'no tag', origin: 'image ghcr.io/c@sha256:1, sha256:aaaaaaaaaaaa' },
      {
        name: 'etcd',
        version: '3.6',
        origin: 'own build, brought by the node image x, image registry.k8s.io/etcd:3.6, sha256:aaaaaaaaaaaa',
      },
    ]);
    expect(imageComponents([pod('registry.k8s.io/etcd:3.6')], new Map())[0]?.origin).not.toContain('own build');
  });

  test('a missing image ends an installation with its reason, long before a time limit', async () => {
    const waiting = { waiting: { reason: 'ErrImagePull', message: 'no such host' } };
    expect([...pullFailures([pod('a:1', waiting), pod('b:1')])]).toEqual([['a:1', 'no such host']]);
    const client = createFakeClusterClient();
    client.put(
      { apiVersion: 'v1', resource: 'pods', namespace: 'monitoring' },
      { kind: 'Pod', ...pod('a:1', waiting) },
    );
    const forever = (signal: AbortSignal) =>
      new Promise<void>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    await expect(withPullWatch(client, 1, new AbortController().signal, forever)).rejects.toMatchObject({
      code: 'IMAGE_MISSING',
      message: expect.stringContaining('a:1'),
      hint: expect.stringContaining('no such host'),
    });
  }, 15_000);
});

test.each([
  ['v1.35.4', ['istio', 'argocd'], undefined],
  ['v1.28.9', ['istio', 'prometheus'], 'istio needs 1.29'],
  ['v1.20.0+k3s1', ['prometheus'], 'prometheus needs 1.21'],
  ['odd', ['istio'], undefined],
])('Kubernetes %s with %j: %s', (version, addons, problem) => {
  const check = () => checkSupportedVersion(version, addons);
  if (problem === undefined) expect(check).not.toThrow();
  else
    expect(check).toThrow(
      expect.objectContaining({ code: 'VERSION_UNSUPPORTED', message: expect.stringContaining(problem) }),
    );
});
