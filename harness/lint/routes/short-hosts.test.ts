import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { lintManifests } from '../lint-manifests.ts';

const service = (name: string, namespace: string) => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace } },
  spec: { selector: { app: name }, ports: [{ port: 80 }] },
});

const route = (host: string, namespace?: string) => ({
  ...{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name: 'edge', namespace } },
  spec: {
    ...{ hosts: ['shop.example.com'], gateways: ['edge'] },
    http: [{ route: [{ destination: { host } }] }],
  },
});

function told(...objects: readonly object[]): readonly string[] {
  const text = objects.map((object) => stringify(object)).join('---\n');
  return lintManifests([{ path: 'all.yaml', text }])
    .filter(({ code }) => code.startsWith('ROUTE_HOST'))
    .map(({ code, severity, sentence }) => `${severity} ${code}: ${sentence}`);
}

it('a short name is completed with the namespace of the VirtualService, not with that of the Service', () => {
  expect(told(service('shop', 'shop'), route('shop', 'istio-system'))).toEqual([
    'warning ROUTE_HOST_ELSEWHERE: VirtualService istio-system/edge routes to shop, which is shop.istio-system.svc.cluster.local there, but Service shop is in shop',
  ]);
});

it('and is right in the same namespace, with its own, unknown here, or where nobody says a namespace', () => {
  expect(told(service('shop', 'shop'), route('shop', 'shop'))).toEqual([]);
  expect(told(service('shop', 'shop'), route('shop.shop', 'istio-system'))).toEqual([]);
  expect(told(service('shop', 'shop'), route('cart', 'istio-system'))).toEqual([]);
  expect(told(service('shop', 'shop'), route('shop'))).toEqual([]);
  expect(told(service('shop', 'a'), service('shop', 'b'), route('shop', 'istio-system'))).toEqual([]);
});
