import { expect, test } from 'vitest';
import { parseManifestSet } from '../../lint/manifest-set.ts';
import { service } from '../tree-fixture.ts';
import { inAgreedNamespace } from './agreed-namespace.ts';

const VIRTUAL_SERVICE = (host: string) =>
  `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: shop }\nspec: { hosts: [${host}] }\n`;
const GATEWAY = (namespace: string) =>
  `apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: { name: shop, namespace: ${namespace} }\nspec: {}\n`;
const TEMPLATE = (spec: string) =>
  `apiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: { name: rate }\nspec: ${spec}\n`;
const ROLLOUT = `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop }
spec: { strategy: { canary: { steps: [{ analysis: { args: [{ name: namespace, value: demo }] } }] } } }
`;

test.each([
  ['what other objects say', [service('other', 'demo'), VIRTUAL_SERVICE('shop.else.svc.cluster.local')], 'demo'],
  ['not where a gateway of the platform stands', [GATEWAY('istio-system')], ''],
  ['one that only sounds like the platform', [service('other', 'istio-demo')], 'istio-demo'],
  ['the full host of an own Service', [VIRTUAL_SERVICE('shop.demo.svc.cluster.local')], 'demo'],
  ['not that of somebody else', [VIRTUAL_SERVICE('other.demo.svc.cluster.local')], ''],
  ['not a part of a longer name', [VIRTUAL_SERVICE('my-shop.demo.svc.cluster.local')], ''],
  ['the host before a gateway', [VIRTUAL_SERVICE('shop.demo.svc'), GATEWAY('edge')], 'demo'],
  ['a gateway of its own', [GATEWAY('edge')], 'edge'],
  ['an argument of an analysis', [ROLLOUT], 'demo'],
  ['its default', [TEMPLATE('{ args: [{ name: namespace, value: demo }] }')], 'demo'],
  [
    'a selector of a query',
    [TEMPLATE(`{ query: 'istio_requests_total{destination_service_namespace="demo"}' }`)],
    'demo',
  ],
  ['two that disagree', [service('a', 'one'), service('b', 'two'), VIRTUAL_SERVICE('shop.demo.svc')], ''],
])('objects without a namespace go where the unit says: %s', (_what, texts, namespace) => {
  const { objects } = parseManifestSet([{ path: 'a.yaml', text: [service('shop'), ...texts].join('---\n') }]);
  expect(inAgreedNamespace(objects)[0]).toMatchObject({ name: 'shop', namespace });
});
