import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Surroundings } from '../../harness/ports/cluster.ts';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../k8s/client/object.ts';
import { withGatewayLabels } from './gateway-labels.ts';
import { certificateObjects, definitionObjects, installSurroundings, prometheusObjects } from './surroundings.ts';

const NOTHING: Surroundings = { prometheusServices: [], gatewayLabels: {}, gatewayCertificates: [], definitions: [] };
const CERTIFICATE = {
  group: 'cert-manager.io',
  version: 'v1',
  kind: 'Certificate',
  plural: 'certificates',
  scope: 'Namespaced',
} as const;

describe('Prometheus under other names', () => {
  test('each name leads to the real Service, which listens on each port', () => {
    const [real, ...others] = prometheusObjects([
      { namespace: 'istio-system', name: 'prometheus', port: 9090 },
      { namespace: 'observability', name: 'prom', port: 80 },
    ]);
    expect(real).toMatchObject({
      metadata: { namespace: 'monitoring', name: 'prometheus' },
      spec: {
        ports: [
          { port: 9090, targetPort: 9090 },
          { port: 80, targetPort: 9090 },
        ],
      },
    });
    expect(others).toMatchObject([
      { metadata: { namespace: 'istio-system', name: 'prometheus' }, spec: { type: 'ExternalName' } },
      {
        metadata: { namespace: 'observability', name: 'prom' },
        spec: { externalName: 'prometheus.monitoring.svc.cluster.local' },
      },
    ]);
  });
  test('its own name only gets a port; nothing asked for is nothing made', () => {
    const own = { namespace: 'monitoring', name: 'prometheus', port: 9091 };
    expect(prometheusObjects([own]).map(({ spec }) => spec?.type)).toEqual([undefined]);
    expect(prometheusObjects([])).toEqual([]);
  });
});

test('a secret that a Gateway names holds a certificate for its hosts', () => {
  const wanted = { credentialName: 'shop-tls', namespace: 'istio-system', hosts: ['shop.example.com'] };
  const [secret] = certificateObjects({ ...NOTHING, gatewayCertificates: [wanted] }, Date.UTC(2026, 0, 1));
  expect(secret).toMatchObject({
    type: 'kubernetes.io/tls',
    metadata: { name: 'shop-tls', namespace: 'istio-system' },
  });
  const { stringData } = secret as unknown as { stringData: Record<string, string> };
  expect(new X509Certificate(stringData['tls.crt'] ?? '').checkHost('shop.example.com')).toBe('shop.example.com');
});

test('a definition takes any object', () => {
  expect(definitionObjects({ ...NOTHING, definitions: [CERTIFICATE] })).toMatchObject([
    {
      metadata: { name: 'certificates.cert-manager.io' },
      spec: { versions: [{ schema: { openAPIV3Schema: { 'x-kubernetes-preserve-unknown-fields': true } } }] },
    },
  ]);
});

describe('the gateway as somebody’s Gateway selects it', () => {
  const labels = { istio: 'gateway', team: 'shop' };
  test('pods, the selector of their Deployment and the Service agree', () => {
    const own = { app: 'istio-ingressgateway', istio: 'ingressgateway' };
    const deployment = withGatewayLabels(
      {
        kind: 'Deployment',
        metadata: { name: 'g' },
        spec: { selector: { matchLabels: own }, template: { metadata: { labels: { ...own, other: 'kept' } } } },
      },
      labels,
    );
    const selected = { app: 'istio-ingressgateway', istio: 'gateway', team: 'shop' };
    expect(deployment.spec).toEqual({
      selector: { matchLabels: selected },
      template: { metadata: { labels: { ...selected, other: 'kept' } } },
    });
    const service = withGatewayLabels({ kind: 'Service', metadata: { name: 'g' }, spec: { selector: own } }, labels);
    expect(service.spec?.selector).toEqual(selected);
  });
  test('nothing asked for, nothing changed', () => {
    const object = { kind: 'Service', metadata: { name: 'g' }, spec: { selector: { a: 'b' } } };
    expect(withGatewayLabels(object, {})).toBe(object);
    const other = { kind: 'ServiceAccount', metadata: { name: 'g' } };
    expect(withGatewayLabels(other, labels)).toBe(other);
  });
});

test('makes only namespaces that are missing, and tells Argo CD that nobody will report on such objects', async () => {
  const applied: KubeObject[] = [];
  const patched: unknown[] = [];
  const client = {
    get: async (_: unknown, name: string) => (name === 'there' ? { kind: 'Namespace', metadata: { name } } : undefined),
    apply: async (objects: readonly KubeObject[]) => void applied.push(...objects),
    waitFor: async () => undefined,
    patch: async (...given: readonly unknown[]) => void patched.push(given.at(-1)),
  } as unknown as ClusterClient;
  const surroundings = {
    ...NOTHING,
    prometheusServices: ['there', 'missing'].map((namespace) => ({ namespace, name: 'prom', port: 9090 })),
    definitions: [CERTIFICATE],
  };
  await installSurroundings(surroundings, ['istio', 'argocd'], client, new AbortController().signal);
  expect(applied.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name)).toEqual(['missing']);
  expect(JSON.stringify(patched)).toContain('resource.customizations.health.cert-manager.io_Certificate');
  patched.length = 0;
  await installSurroundings(surroundings, ['istio'], client, new AbortController().signal);
  expect(patched).toEqual([]);
});
