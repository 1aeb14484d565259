/** Kinds of objects that a cluster of a run, or its stand-ins, would not serve as they are. */
import { describe, expect, it, test } from 'vitest';
import { proposal } from '../proposal-fixture.ts';
import { SHOP, VERSIONED_SPLIT } from '../repository-fixture.ts';

/** What is done about objects of that kind, without those of the shop itself. */
function about(kind: string, ...texts: readonly string[]) {
  const of = (text: string) =>
    proposal(text).changes.flatMap(({ object, drop, set, remove, reason }) => {
      if (drop?.kind === kind) return [`dropped: ${reason}`];
      if (object?.kind !== kind) return [];
      return [
        ...(remove ?? []).map((pointer) => `-${pointer}`),
        ...Object.entries(set ?? {}).map(([pointer, value]) => `${pointer} = ${JSON.stringify(value)}`),
      ];
    });
  const before = of(SHOP);
  return of([SHOP, ...texts].join('---\n')).filter((one) => !before.includes(one));
}

const object = (apiVersion: string, kind: string, more: string) =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: one }\n${more}\n`;

test('bare pods and limits of a namespace are left out', () => {
  const pod = object('v1', 'Pod', 'spec: { containers: [{ name: a, image: curl }] }');
  expect(about('Pod', pod)).toEqual(['dropped: nobody releases a bare pod, and the run has no program for it']);
  expect(about('LimitRange', object('v1', 'LimitRange', 'spec: {}'))).toHaveLength(1);
});

describe('a namespace', () => {
  const namespace = (name: string, label: string) =>
    `apiVersion: v1\nkind: Namespace\nmetadata: { name: ${name}, labels: { ${label} } }\n`;
  const pods = SHOP.slice(0, SHOP.indexOf('---'))
    .replace(
      'apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: { name: shop }',
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: db, namespace: data }',
    )
    .replace(/ {2}strategy:.*$/s, '');

  it('of ambient mode gets sidecars, which is said', () => {
    expect(about('Namespace', namespace('shop', 'istio.io/dataplane-mode: ambient'))).toEqual([
      'dropped: namespaces are made before the Application is applied, with their sidecars switched on; theirs is of ambient mode, which is not proven',
    ]);
  });

  it('without sidecars stays so, unless its pods are proven', () => {
    const injected = (label: string, name = 'data') =>
      proposal([SHOP, pods, namespace(name, label)].join('---\n')).namespaces.map(
        (one) => `${one.name} ${one.istioInjection}`,
      );
    expect(injected('istio-injection: enabled')).toEqual(['shop true', 'data true']);
    expect(injected('istio-injection: disabled')).toEqual(['shop true', 'data false']);
    expect(injected('istio-injection: disabled', 'shop')).toEqual(['shop true', 'data true']);
  });
});

test.each([
  [
    'two families',
    'ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv4, IPv6]',
    ['-/spec/ipFamilies', '-/spec/ipFamilyPolicy'],
  ],
  ['one or two', 'ipFamilyPolicy: PreferDualStack', []],
  ['addresses', 'clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1]', ['-/spec/clusterIPs', '-/spec/clusterIP']],
  ['ports of a load balancer', 'allocateLoadBalancerNodePorts: false', ['-/spec/allocateLoadBalancerNodePorts']],
] as const)('a Service with %s', (_, spec, expected) => {
  const more = `spec: { selector: { app: other }, ports: [{ port: 80 }], ${spec} }`;
  expect(about('Service', object('v1', 'Service', more)).toSorted()).toEqual(expected.toSorted());
});

test.each([
  ['data that is none', 'data: { .dockerconfigjson: "" }', ['/data/.dockerconfigjson = "e30="']],
  ['a placeholder', 'stringData: { .dockerconfigjson: "<BASE64>" }', ['/stringData/.dockerconfigjson = "{}"']],
  ['credentials', `data: { .dockerconfigjson: ${Buffer.from('{"auths":{}}').toString('base64')} }`, []],
])('a Secret of a registry with %s', (_, data, expected) => {
  expect(about('Secret', object('v1', 'Secret', `type: kubernetes.io/dockerconfigjson\n${data}`))).toEqual(expected);
});

describe('an autoscaler', () => {
  const scaling = (...metrics: readonly string[]) =>
    about(
      'HorizontalPodAutoscaler',
      object('autoscaling/v2', 'HorizontalPodAutoscaler', `spec: { maxReplicas: 3, metrics: [${metrics.join(', ')}] }`),
    );
  const cpu = '{ type: Resource, resource: { name: cpu } }';
  const queue = '{ type: External, external: { metric: { name: queue } } }';

  it('is left what the run measures', () => {
    expect(scaling(cpu)).toEqual([]);
    expect(scaling(queue, cpu)).toEqual(['-/spec/metrics/0']);
    expect(scaling(queue)).toEqual([
      'dropped: nobody in the run measures what it scales by, only processors and memory',
    ]);
  });
});

test.each([
  [
    'limits',
    'typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit }',
    /^dropped: it limits/,
  ],
  [
    'asks',
    'name: envoy.filters.http.ext_authz, typed_config: { grpc_service: { envoy_grpc: { cluster_name: a } } }',
    /^dropped: it asks/,
  ],
  [
    'is old',
    'typed_config: { "@type": type.googleapis.com/envoy.config.filter.http.lua.v2.Lua }',
    /^dropped: proxies read/,
  ],
  [
    'loads',
    'typed_config: { config: { vm_config: { code: { remote: { http_uri: { uri: https://a } } } } } }',
    /^dropped: it loads/,
  ],
] as const)('a filter that %s', (_, value, expected) => {
  const spec = `spec: { configPatches: [{ applyTo: HTTP_FILTER, patch: { operation: INSERT_BEFORE, value: { ${value} } } }] }`;
  expect(about('EnvoyFilter', object('networking.istio.io/v1alpha3', 'EnvoyFilter', spec))).toEqual([
    expect.stringMatching(expected),
  ]);
});

test('a filter that only changes headers stays', () => {
  const value =
    'typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua, inlineCode: "-- for the ratelimit of others" }';
  const spec = `spec: { configPatches: [{ applyTo: HTTP_FILTER, patch: { operation: INSERT_BEFORE, value: { ${value} } } }] }`;
  expect(about('EnvoyFilter', object('networking.istio.io/v1alpha3', 'EnvoyFilter', spec))).toEqual([]);
});

test('TLS that callers speak by themselves needs no certificate of theirs', () => {
  const rule = (tls: string) =>
    proposal(
      VERSIONED_SPLIT.replace(
        '  host: front.web.svc.cluster.local\n',
        `  host: front.web.svc.cluster.local\n  trafficPolicy: { tls: ${tls} }\n`,
      ),
    ).changes.flatMap(({ object: of, set }) => (of?.kind === 'DestinationRule' ? [set] : []));
  const open = { '/spec/trafficPolicy/tls': { mode: 'SIMPLE', insecureSkipVerify: true } };
  expect(rule('{ mode: MUTUAL, clientCertificate: /etc/certs/a.pem }')).toEqual([open]);
  expect(rule('{ mode: SIMPLE }')).toEqual([open]);
  expect(rule('{ mode: ISTIO_MUTUAL }')).toEqual([]);
});

test('policies of the network are said to keep nobody out', () => {
  const policy = object('networking.k8s.io/v1', 'NetworkPolicy', 'spec: { podSelector: {} }');
  expect(proposal(`${SHOP}---\n${policy}`).unprovable).toContainEqual({
    what: 'NetworkPolicy shop/one',
    why: 'the network of a local cluster lets everybody through',
  });
});

test('metrics of a Telemetry are left out, which proxies of the run would refuse to start with', () => {
  const telemetry = (spec: string) => object('telemetry.istio.io/v1', 'Telemetry', `spec: ${spec}`);
  const metrics = 'metrics: [{ providers: [{ name: prometheus }] }]';
  const reason = expect.stringMatching(/^dropped: .*only the build of Istio has; requests are counted all the same$/);
  expect(about('Telemetry', telemetry(`{ ${metrics} }`))).toEqual([reason]);
  expect(about('Telemetry', telemetry(`{ selector: { matchLabels: { app: shop } }, ${metrics} }`))).toEqual([reason]);
  expect(about('Telemetry', telemetry(`{ tracing: [{ randomSamplingPercentage: 5 }], ${metrics} }`))).toEqual([
    '-/spec/metrics',
  ]);
  expect(about('Telemetry', telemetry('{ accessLogging: [{ providers: [{ name: envoy }] }] }'))).toEqual([]);
  const filter = 'spec: { configPatches: [{ patch: { value: { name: istio.stats } } }] }';
  expect(about('EnvoyFilter', object('networking.istio.io/v1alpha3', 'EnvoyFilter', filter))).toHaveLength(1);
});
