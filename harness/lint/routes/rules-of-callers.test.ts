import { expect, it } from 'vitest';
import { lintManifests } from '../lint-manifests.ts';

const rule = (name: string, selector = '') => `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: ${name} }
spec:
  host: stock
  ${selector === '' ? '' : `workloadSelector: { matchLabels: { app: ${selector} } }`}
  subsets: [{ name: v1, labels: { version: v1 } }, { name: v2, labels: { version: v2 } }]
`;
const split =
  'route: [{ destination: { host: stock, subset: v1 }, weight: 90 }, { destination: { host: stock, subset: v2 }, weight: 10 }]';
const route = (more = '', bound = 'hosts: [stock]') => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: stock }
spec: { ${bound}, http: [{ ${more} ${split} }] }
`;
const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: stock }
spec: { selector: { matchLabels: { app: stock } }, template: { metadata: { labels: { app: stock, version: v1 } } } }
`;
const gateway = (label: string) => `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge }
spec: { selector: { app: ${label} }, servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ['*'] }] }
`;

function told(...documents: readonly string[]): readonly string[] {
  return lintManifests([{ path: 'all.yaml', text: documents.join('---\n') }], { namespace: 'shop' })
    .filter(({ code }) => code === 'DESTINATION_RULE_FOR_SOME_CALLERS')
    .map(({ severity, sentence }) => `${severity} ${sentence}`);
}

it('subsets for some callers leave everybody else who is routed to them without an answer', () => {
  expect(told(rule('stock', 'front'), route())).toEqual([
    'warning DestinationRule shop/stock defines v1, v2 for callers with app=front alone, and VirtualService shop/stock routes everybody there',
  ]);
});

it('also at a gateway, where the pods that answer are meant to be selected', () => {
  const atEdge = route('', "hosts: ['*'], gateways: [edge]");
  expect(told(rule('stock', 'stock'), atEdge, deployment, gateway('edge'))).toHaveLength(1);
  expect(told(rule('stock', 'edge'), atEdge, deployment, gateway('edge'))).toEqual([]);
});

it('but not where another rule defines them for all, or the route is for those callers', () => {
  expect(told(rule('stock'), route())).toEqual([]);
  expect(told(rule('stock', 'front'), rule('stock-all'), route())).toEqual([]);
  expect(told(rule('stock', 'front'), route('match: [{ sourceLabels: { app: front } }],'))).toEqual([]);
});
