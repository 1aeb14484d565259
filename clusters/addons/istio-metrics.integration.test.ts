/** Every label of Istio's standard metrics, as two sidecars and the gateway of a real mesh report one request. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryPrometheus } from '../../harness/evidence/prometheus-client.ts';
import { awaitDeployments, type LocalMesh, startLocalMesh } from '../../harness/testkit/local-mesh.ts';
import type { KubeObject } from '../../k8s/client/object.ts';

const NAMESPACE = 'shop';
const SUFFIX = `${NAMESPACE}.svc.cluster.local`;
const signal = new AbortController().signal;
let mesh: LocalMesh;

/** The Service's name, the app label, the workload's name and the version are all different. */
function workload(name: string, version: string | undefined, image: string): KubeObject {
  const labels = { app: `${name}-app`, ...(version === undefined ? {} : { version }) };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'c', image, ports: [{ containerPort: 8080 }] }] },
      },
    },
  };
}

function service(name: string, selector: Readonly<Record<string, string>>): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: NAMESPACE },
    spec: { selector, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  };
}

const OBJECTS: readonly KubeObject[] = [
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE, labels: { 'istio-injection': 'enabled' } },
  },
  workload('edge', undefined, 'example/edge:1'),
  workload('back-v2', 'two', 'example/back:2'),
  service('front', { app: 'edge-app' }),
  service('catalogue', { app: 'back-v2-app' }),
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'gateway', namespace: NAMESPACE },
    spec: {
      selector: { istio: 'ingressgateway' },
      servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
    },
  },
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'front', namespace: NAMESPACE },
    spec: {
      hosts: ['shop.test'],
      gateways: ['gateway'],
      http: [
        {
          match: [{ uri: { prefix: '/aborted' } }],
          fault: { abort: { httpStatus: 418, percentage: { value: 100 } } },
          route: [{ destination: { host: 'front' } }],
        },
        { route: [{ destination: { host: 'front' } }] },
      ],
    },
  },
];

beforeAll(async () => {
  mesh = await startLocalMesh({
    name: 'metrics',
    images: [
      {
        image: 'example/edge:*',
        standIn: {
          SERVICE: 'edge',
          VERSION: '{tag}',
          PORT: '8080',
          UPSTREAMS: 'catalogue=http://catalogue:80/items',
        },
      },
      { image: 'example/back:*', standIn: { SERVICE: 'back', VERSION: '{tag}', PORT: '8080' } },
    ],
  });
  await mesh.client.apply([...OBJECTS]);
  await awaitDeployments(mesh.client, NAMESPACE, ['edge', 'back-v2']);
});
afterAll(() => mesh?.down());

async function ask(path: string): Promise<number> {
  const url = new URL(path, mesh.cluster.ingressUrl);
  const { get } = await import('node:http');
  return new Promise((resolve, reject) =>
    get(url, { headers: { host: 'shop.test' } }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
    }).once('error', reject),
  );
}

/** Polls: Prometheus scrapes every two seconds. */
async function series(query: string, isThere: (found: readonly Readonly<Record<string, string>>[]) => boolean) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const found = (await queryPrometheus(String(mesh.cluster.prometheusUrl), query, signal)).map(
      ({ labels }) => labels,
    );
    if (isThere(found) || Date.now() > deadline) return found;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

const identity = (account: string, namespace = NAMESPACE) => `spiffe://cluster.local/ns/${namespace}/sa/${account}`;
const GATEWAY = {
  workload: 'istio-ingressgateway',
  workload_namespace: 'istio-system',
  principal: identity('istio-ingressgateway', 'istio-system'),
  app: 'istio-ingressgateway',
  version: 'unknown',
  cluster: 'Kubernetes',
  canonical_service: 'istio-ingressgateway',
  // the label app.kubernetes.io/version that the chart gives it
  canonical_revision: expect.any(String),
};
const EDGE = {
  workload: 'edge',
  workload_namespace: NAMESPACE,
  principal: identity('default'),
  app: 'edge-app',
  version: 'unknown',
  cluster: 'Kubernetes',
  canonical_service: 'edge-app',
  canonical_revision: 'latest',
};
const BACK = {
  ...EDGE,
  workload: 'back-v2',
  app: 'back-v2-app',
  version: 'two',
  canonical_service: 'back-v2-app',
  canonical_revision: 'two',
};
const called = (name: string) => ({
  destination_service: `${name}.${SUFFIX}`,
  destination_service_name: name,
  destination_service_namespace: NAMESPACE,
});
const side = (name: 'source' | 'destination', of: Readonly<Record<string, unknown>>, missing: readonly string[] = []) =>
  Object.fromEntries(
    Object.entries(of)
      .filter(([label]) => !missing.includes(label))
      .map(([label, value]) => [`${name}_${label}`, value]),
  );
const OK = { response_code: '200', response_flags: '-', request_protocol: 'http' };

test('one request through gateway and two sidecars is reported four times, with every label', async () => {
  await expect.poll(() => ask('/'), { timeout: 30_000 }).toBe(200);
  const found = await series('istio_requests_total{response_code="200"}', (all) => all.length >= 4);
  const standard = found.map((labels) =>
    Object.fromEntries(
      Object.entries(labels).filter(([name]) =>
        /^(reporter|source_|destination_|response_|request_protocol|grpc_|connection_)/.test(name),
      ),
    ),
  );
  const expected = [
    // a label of one's own that one lacks is empty, a peer's is unknown
    {
      reporter: 'source',
      connection_security_policy: 'unknown',
      ...side('source', GATEWAY, ['version']),
      ...side('destination', EDGE),
      ...called('front'),
      ...OK,
    },
    {
      reporter: 'destination',
      connection_security_policy: 'mutual_tls',
      ...side('source', GATEWAY),
      ...side('destination', EDGE, ['version']),
      ...called('front'),
      ...OK,
    },
    {
      reporter: 'source',
      connection_security_policy: 'unknown',
      ...side('source', EDGE, ['version']),
      ...side('destination', BACK),
      ...called('catalogue'),
      ...OK,
    },
    {
      reporter: 'destination',
      connection_security_policy: 'mutual_tls',
      ...side('source', EDGE),
      ...side('destination', BACK),
      ...called('catalogue'),
      ...OK,
    },
  ];
  expect(standard).toHaveLength(expected.length);
  expect(standard).toEqual(expect.arrayContaining(expected));
});

test('the histogram has the same labels, and Istio’s bounds', async () => {
  const found = await series(
    `istio_request_duration_milliseconds_bucket{reporter="destination",destination_service_name="catalogue"}`,
    (all) => all.length > 0,
  );
  const bounds = found.map(({ le }) => Number(String(le).replace('+Inf', 'Infinity')));
  const [ms, minutes] = [
    [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000],
    [1, 5, 10, 30, 60],
  ];
  expect(new Set(bounds)).toEqual(new Set([...ms, ...minutes.map((one) => one * 60_000), Infinity]));
  expect(new Set(found.map(({ destination_workload }) => destination_workload))).toEqual(new Set(['back-v2']));
});

test('under load each scrape finds the histogram moved on: the mean of two samples in a row is no 0 / 0', async () => {
  const of = '{reporter="destination",destination_service_name="catalogue"}[10s]';
  const mean = `irate(istio_request_duration_milliseconds_sum${of}) / irate(istio_request_duration_milliseconds_count${of})`;
  // for longer than the histogram would stand still, and as often as it is scraped
  const query = `count_over_time((${mean} >= 0)[12s:2s])`;
  const untilMs = Date.now() + 20_000;
  while (Date.now() < untilMs) await Promise.all([ask('/'), new Promise((resolve) => setTimeout(resolve, 50))]);
  const [found] = await queryPrometheus(String(mesh.cluster.prometheusUrl), query, signal);
  expect(found?.value).toBeGreaterThanOrEqual(5);
});

test('requests that reach nobody are counted as Istio counts them', async () => {
  expect(await ask('/aborted')).toBe(418);
  const [aborted] = await series('istio_requests_total{response_code="418"}', (all) => all.length > 0);
  expect(aborted).toMatchObject({ reporter: 'source', response_flags: 'FI', ...called('front') });

  await mesh.client.patch(
    { apiVersion: 'apps/v1', resource: 'deployments', namespace: NAMESPACE },
    'back-v2',
    'merge',
    { spec: { replicas: 0 } },
  );
  await expect.poll(() => ask('/'), { timeout: 60_000 }).toBe(503);
  const [unanswered] = await series(
    `istio_requests_total{reporter="source",destination_service_name="catalogue",response_code="503"}`,
    (all) => all.length > 0,
  );
  expect(unanswered).toMatchObject({ ...called('catalogue'), response_flags: expect.stringMatching(/U[HFC]/) });
});
