import { expect, test } from 'vitest';
import { parseManifestSet } from '../lint/manifest-set.ts';
import type { RenderedUnit } from '../units/unit-model.ts';
import { propose } from './propose.ts';
import { SHOP, VERSIONED_SPLIT } from './repository-fixture.ts';

function proposal(text: string, change: Partial<Parameters<typeof propose>[0]> = {}) {
  const { objects } = parseManifestSet([{ path: 'a.yaml', text }]);
  const rendered: RenderedUnit = {
    unit: { name: 'folder .', kind: 'folder', namespace: '', sources: [], application: undefined },
    ...{ objects, findings: [], files: new Set(), values: new Map(), isRenamed: false },
  };
  return propose({
    rendered,
    others: objects,
    findings: [],
    name: 'shop',
    host: undefined,
    realPauses: false,
    ...change,
  });
}

/** What is set, removed, dropped and added, without the reasons. */
function edits(text: string, change = {}) {
  return proposal(text, change).changes.flatMap(({ object, drop, add, set, remove }) => [
    ...(drop ? [`drop ${drop.kind} ${drop.name}`] : []),
    ...(add ? [`add ${add.kind} ${add.metadata.name}`] : []),
    ...(remove ?? []).map((pointer) => `${object?.kind} -${pointer}`),
    ...Object.entries(set ?? {}).map(([pointer, value]) => `${object?.kind} ${pointer} = ${JSON.stringify(value)}`),
  ]);
}

const CONTAINER = '/spec/template/spec/containers/0';

test('everything that a small cluster needs of a Rollout, and no more', () => {
  expect(edits(SHOP)).toEqual([
    'add Application shop',
    'drop ServiceMonitor shop',
    'Gateway /spec/selector = {"istio":"ingressgateway"}',
    'Gateway /spec/servers = [{"port":{"number":80,"name":"http","protocol":"HTTP"},"hosts":["shop.example.com"]}]',
    'Service -/spec/ports/0/nodePort',
    'Service /spec/type = "ClusterIP"',
    'Rollout -/spec/template/spec/nodeSelector',
    'Rollout /spec/replicas = 2',
    `Rollout -${CONTAINER}/readinessProbe/exec`,
    `Rollout -${CONTAINER}/command`,
    `Rollout ${CONTAINER}/readinessProbe/tcpSocket = {"port":3000}`,
    `Rollout -${CONTAINER}/env/2`,
    `Rollout -${CONTAINER}/env/0`,
    'Rollout /spec/strategy/canary/steps/3/pause/duration = "20s"',
    'Rollout /spec/strategy/canary/steps/5/pause/duration = "20s"',
    'AnalysisTemplate /spec/metrics/0/provider/prometheus/address = "http://prometheus.monitoring.svc.cluster.local:9090"',
    'AnalysisTemplate -/spec/metrics/1',
  ]);
});

test('real pauses stay', () => {
  expect(edits(SHOP, { realPauses: true }).filter((one) => one.includes('/pause/'))).toEqual([]);
});

test('the release is the image with another tag, the path is what a plain GET reaches, and the limit is read', () => {
  const { claims, images, unprovable } = proposal(SHOP);
  expect(images).toEqual([
    {
      image: 'registry.example.com:5000/team/shop:*',
      standIn: { SERVICE: 'shop', VERSION: '{tag}', PORT: '3000' },
    },
  ]);
  expect(claims.find(({ kind }) => kind === 'canary-steps')).toMatchObject({
    rollout: { name: 'shop' },
    release: {
      file: 'manifests/rollout-shop.yaml',
      field: `${CONTAINER}/image`,
      value: 'registry.example.com:5000/team/shop:v1-canary',
      version: 'v1-canary',
    },
    paths: [{ kind: 'ingress', host: 'shop.example.com', path: '/catalog', ratePerSecond: 240 }],
    promote: true,
    promoteAfter: '20s',
  });
  expect(claims.find(({ kind }) => kind === 'rollback-threshold')).toMatchObject({
    metric: 'success-rate',
    limit: { kind: 'error-share', share: 0.05 },
    trials: [{ side: 'inside' }, { side: 'outside' }],
  });
  expect(unprovable.map(({ what }) => what)).toEqual(['AnalysisTemplate shop/success, metric orders']);
});

test('arms of one image are told apart by the label of their pods', () => {
  const { images, claims, namespaces, changes } = proposal(VERSIONED_SPLIT);
  expect(images.map(({ standIn }) => standIn.VERSION)).toEqual(['{label:version}']);
  expect(claims.map(({ kind }) => kind)).toEqual(['sidecars', 'traffic-split', 'traffic-by-commit']);
  expect(claims[2]).toMatchObject({ weights: { one: 50, two: 50 } });
  expect(namespaces).toEqual([{ name: 'web', istioInjection: true }]);
  expect(changes.flatMap(({ add }) => (add ? [add.kind] : []))).toEqual(['Application', 'Gateway']);
});

test.each([
  ['another router', SHOP.replace('istio:\n', 'nginx:\n'), 'its router is nginx'],
  ['no router', SHOP.replace(/ {6}trafficRouting:\n.*\n.*\n/, ''), 'it has no traffic router'],
  ['blue and green', SHOP.replace('    canary:\n', '    blueGreen:\n'), 'it has no canary strategy'],
  [
    'a VirtualService elsewhere',
    SHOP.replace('virtualService: { name: shop', 'virtualService: { name: other'),
    'other is not in',
  ],
  [
    'a header that nobody sends',
    SHOP.replace(', { uri: { prefix: /catalog } }', ''),
    'only for requests with a header',
  ],
  [
    'no limit',
    SHOP.replace('len(result) == 0 || result[0] >= 0.95', 'result[0] >= 0.5 && result[0] < 2'),
    'no single comparison',
  ],
  ['no share', SHOP.replace('>= 0.95', '>= 95'), 'no share between 0 and 1'],
  ['a metric of the program', SHOP.replaceAll('istio_requests_total', 'orders_total'), "an application's own metrics"],
  ['too little traffic', SHOP.replace('>= 0.95', '>= 0.9999'), 'requests/s in a window of 60 s'],
])('what is not proven has its reason: %s', (_, text, why) => {
  const { unprovable } = proposal(text);
  expect(unprovable.map((one) => one.why).join('\n')).toContain(why);
});

test('without weights in its steps a Rollout is a commit that arrives', () => {
  const { claims } = proposal(SHOP.replaceAll(/ {8}- setWeight: \d+\n/g, ''));
  expect(claims.map(({ kind }) => kind)).toEqual(['sidecars', 'image-tag-commit']);
});
