import { expect, test } from 'vitest';
import { clusterBlock, resolveCluster } from './cluster-block.ts';

test('defaults are filled in, and kinds get their plural', () => {
  const kinds = ['ServiceMonitor', 'NetworkPolicy', 'Ingress', 'Gateway'];
  const block = clusterBlock.parse({
    prometheusServices: [{ namespace: 'istio-system', name: 'prometheus' }],
    gatewayCertificates: [{ credentialName: 'tls', hosts: ['*.example.com'] }],
    definitions: kinds.map((kind) => ({ group: 'example.com', version: 'v1', kind })),
  });
  const { prometheusServices, gatewayCertificates, definitions, gatewayLabels } = resolveCluster(block);
  expect(prometheusServices).toEqual([{ namespace: 'istio-system', name: 'prometheus', port: 9090 }]);
  expect(gatewayCertificates[0]?.namespace).toBe('istio-system');
  expect(gatewayLabels).toEqual({});
  expect(definitions.map(({ plural }) => plural)).toEqual([
    'servicemonitors',
    'networkpolicies',
    'ingresses',
    'gateways',
  ]);
});

test.each([
  { prometheusServices: [{ namespace: 'a b', name: 'p' }] },
  { prometheusServices: [{ namespace: 'a', name: 'p', port: 0 }] },
  { gatewayCertificates: [{ credentialName: 'x', hosts: [] }] },
  { definitions: [{ group: 'core', version: 'v1', kind: 'X' }] },
  { definitions: [{ group: 'a.b', version: 'v1', kind: 'lower' }] },
  { other: {} },
])('%j is refused', (block) => {
  expect(clusterBlock.safeParse(block).success).toBe(false);
});
