import { expect, test } from 'vitest';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { peerModeOf, ROOT_NAMESPACE } from './peer-mode.ts';

const pod: KubeObject = { metadata: { name: 'orders-1', namespace: 'shop', labels: { app: 'orders', version: 'v1' } } };
const policy = (name: string, spec: object, namespace = 'shop'): KubeObject => ({
  metadata: { name, namespace },
  spec: { ...spec },
});
const STRICT = { mtls: { mode: 'STRICT' } };
const orders = { selector: { matchLabels: { app: 'orders' } } };

const MESH = policy('mesh', { mtls: { mode: 'DISABLE' } }, ROOT_NAMESPACE);

test.each<[string, readonly KubeObject[], string, string]>([
  ['nobody', [], 'PERMISSIVE', 'no PeerAuthentication'],
  ['the mesh', [MESH], 'DISABLE', `PeerAuthentication ${ROOT_NAMESPACE}/mesh`],
  ['the namespace before the mesh', [MESH, policy('default', STRICT)], 'STRICT', 'PeerAuthentication shop/default'],
  [
    'a namespace that says UNSET leaves it to the mesh',
    [policy('default', { mtls: { mode: 'UNSET' } }), MESH],
    'DISABLE',
    `PeerAuthentication ${ROOT_NAMESPACE}/mesh`,
  ],
  [
    'the workload before the namespace',
    [policy('default', STRICT), policy('orders', { ...orders, mtls: { mode: 'PERMISSIVE' } })],
    'PERMISSIVE',
    'PeerAuthentication shop/orders',
  ],
  [
    'the port before its workload',
    [policy('orders', { ...orders, ...STRICT, portLevelMtls: { 8080: { mode: 'PERMISSIVE' } } })],
    'PERMISSIVE',
    'PeerAuthentication shop/orders',
  ],
  [
    'another port, another workload and another namespace do not count',
    [
      policy('default', STRICT),
      policy('orders', { ...orders, portLevelMtls: { 9090: { mode: 'PERMISSIVE' } } }),
      policy('stock', { selector: { matchLabels: { app: 'stock' } }, mtls: { mode: 'DISABLE' } }),
      policy('default', { mtls: { mode: 'DISABLE' } }, 'other'),
    ],
    'STRICT',
    'PeerAuthentication shop/default',
  ],
  [
    'ports of a policy without a selector do not count, as for Istio',
    [policy('default', { ...STRICT, portLevelMtls: { 8080: { mode: 'PERMISSIVE' } } })],
    'STRICT',
    'PeerAuthentication shop/default',
  ],
])('decided by %s', (_, policies, mode, by) => {
  expect(peerModeOf(policies, pod, 8080)).toEqual({ mode, by });
});
