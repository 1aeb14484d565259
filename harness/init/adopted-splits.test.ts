import { expect, test } from 'vitest';
import { parseManifestSet } from '../lint/manifest-set.ts';
import { proposal } from './proposal-fixture.ts';

const ROUTES = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: cart, namespace: shop }
spec:
  hosts: [cart.example.com]
  gateways: [istio-system/edge]
  http:
    - route:
        - { destination: { host: cart, subset: old }, weight: 90 }
        - { destination: { host: cart, subset: new }, weight: 10 }
`;
const RULE = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: any-name, namespace: shop }
spec: { host: cart, subsets: [{ name: old, labels: { version: v1 } }, { name: new, labels: { version: v2 } }] }
`;
const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: cart, namespace: shop }
spec: { selector: { app: cart }, ports: [{ port: 80, name: http }] }
`;
const deployment = (version: string, image = version) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: cart-${version}, namespace: shop }
spec:
  selector: { matchLabels: { app: cart, version: ${version} } }
  template:
    metadata: { labels: { app: cart, version: ${version} } }
    spec: { containers: [{ name: cart, image: "cart:${image}", ports: [{ containerPort: 80 }] }] }
`;
const at = (path: string, ...texts: readonly string[]) =>
  parseManifestSet([{ path, text: texts.join('---\n') }]).objects;
const added = ({ changes }: ReturnType<typeof proposal>) =>
  changes.flatMap(({ add }) =>
    add && !/^(Application|Gateway)$/.test(String(add.kind)) ? [`${add.kind} ${add.metadata.name}`] : [],
  );

test('a split is proven whose Service, rule and pods other units bring', () => {
  const others = [...at('rules.yaml', RULE), ...at('apps/cart.yaml', SERVICE, deployment('v1'), deployment('v2'))];
  const found = proposal(ROUTES, { others });
  expect(found.claims.map(({ kind }) => kind)).toEqual(['sidecars', 'traffic-split', 'traffic-by-commit']);
  expect(added(found)).toEqual([
    'Service cart',
    'DestinationRule any-name',
    'Deployment cart-v1',
    'Deployment cart-v2',
  ]);
});

test('nothing is added to a split that has its pods, nor where a Service selects pods of several workloads', () => {
  const whole = [ROUTES, RULE, SERVICE, deployment('v1'), deployment('v2')].join('---\n');
  expect(added(proposal(whole, { others: at('other.yaml', deployment('v1', 'v9')) }))).toEqual([]);
  const loose = RULE.replace('labels: { version: v1 }', 'labels: { app: cart }');
  const { claims, unprovable } = proposal(`${ROUTES}---\n${loose}---\n${SERVICE}`, {
    others: at('apps.yaml', deployment('v1'), deployment('v2')),
  });
  expect(claims).toEqual([]);
  expect(unprovable).toContainEqual({
    what: 'VirtualService shop/cart',
    why: 'a destination of its split selects no pods of exactly one workload of the unit',
  });
});

test('weights of another sum are claimed as the proportions that Istio takes them for', () => {
  const of = (stable: number, canary: number) => {
    const ratio = ROUTES.replace('weight: 90', `weight: ${stable}`).replace('weight: 10', `weight: ${canary}`);
    return proposal([ratio, RULE, SERVICE, deployment('v1'), deployment('v2')].join('---\n'));
  };
  const { claims } = of(2, 1);
  expect(claims).toContainEqual(
    expect.objectContaining({
      kind: 'traffic-split',
      title: 'Clients receive 66.7/33.3, as VirtualService cart declares by weights of 2 and 1',
    }),
  );
  // a commit of weights is written in percent
  expect(claims.map(({ kind }) => kind)).not.toContain('traffic-by-commit');
  expect(of(0, 0).unprovable).toContainEqual({
    what: 'VirtualService shop/cart',
    why: 'its weights sum to 0, so nothing says who gets its requests',
  });
});

test('of several routes that split the one for everybody is claimed, and none where all of them are narrower', () => {
  const narrow = `    - match: [{ uri: { prefix: /assets } }]
      route:
        - { destination: { host: cart, subset: old }, weight: 50 }
        - { destination: { host: cart, subset: new }, weight: 50 }
`;
  const titles = (text: string) => proposal([text, RULE, SERVICE, deployment('v1'), deployment('v2')].join('---\n'));
  const beside = titles(ROUTES.replace('  http:\n', `  http:\n${narrow}`));
  expect(beside.claims.find(({ kind }) => kind === 'traffic-split')?.title).toContain('90/10');
  const two = titles(ROUTES.replace(/ {2}http:[\s\S]*$/, `  http:\n${narrow}${narrow.replace('/assets', '/')}`));
  expect(two.claims).toEqual([]);
  expect(two.unprovable).toContainEqual({
    what: 'VirtualService shop/cart',
    why: 'several of its HTTP routes split, and nothing says which of them declares the shares for everybody',
  });
});
