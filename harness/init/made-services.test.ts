import { expect, test } from 'vitest';
import { parseManifestSet } from '../lint/manifest-set.ts';
import { proposal } from './proposal-fixture.ts';

const CANARY = `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: cart, namespace: shop }
spec:
  selector: { matchLabels: { app: cart } }
  template:
    metadata: { labels: { app: cart } }
    spec: { containers: [{ name: cart, image: "cart:1", ports: [{ containerPort: 8000 }] }] }
  strategy:
    canary:
      trafficRouting:
        istio:
          virtualService: { name: cart }
          destinationRule: { name: cart, stableSubsetName: stable, canarySubsetName: canary }
      steps: [{ setWeight: 10 }, { pause: { duration: 60s } }]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: cart, namespace: shop }
spec: { host: cart, subsets: [{ name: stable, labels: { app: cart } }, { name: canary, labels: { app: cart } }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: cart, namespace: shop }
spec:
  hosts: [cart]
  http:
    - route:
        - { destination: { host: cart, subset: stable }, weight: 100 }
        - { destination: { host: cart.shop.svc.cluster.local, subset: canary }, weight: 0 }
`;
const service = (name: string, app: string) => `---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { selector: { app: ${app} }, ports: [{ port: 80 }] }
`;
const made = ({ changes }: ReturnType<typeof proposal>) =>
  changes.flatMap(({ add, reason }) => (add?.kind === 'Service' ? [{ ...add, reason }] : []));

test('one Service is made where a route goes to pods that no manifest makes one of, and the canary is proven', () => {
  const found = proposal(CANARY);
  expect(made(found)).toEqual([
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'cart', namespace: 'shop' },
      spec: { selector: { app: 'cart' }, ports: [{ name: 'http', port: 8000, targetPort: 8000 }] },
      reason: 'VirtualService shop/cart routes to it and no manifest of the repository declares it, so one is made',
    },
  ]);
  expect(found.claims.map(({ kind }) => kind)).toContain('canary-steps');
});

test('its port is what the route says, where it says one', () => {
  const said = CANARY.replace('subset: stable }', 'subset: stable, port: { number: 80 } }');
  expect(made(proposal(said))[0]).toMatchObject({ spec: { ports: [{ port: 80, targetPort: 8000 }] } });
});

test.each([
  ['a Service of that name is there', CANARY + service('cart', 'other'), ''],
  ['another unit brings it', CANARY, service('cart', 'cart')],
  [
    'a Service of another name leads to those pods: a name is wrong, and not ours to mend',
    CANARY + service('basket', 'cart'),
    '',
  ],
  ['no pods are called so', CANARY.replaceAll('app: cart', 'app: basket'), ''],
  [
    'the Rollout names it: its controller would refuse it without, and so it is',
    CANARY.replace('canary:\n', 'canary:\n      stableService: cart\n      canaryService: cart-canary\n'),
    '',
  ],
])('none is made when %s', (_when, text, others) => {
  expect(made(proposal(text, { others: parseManifestSet([{ path: 'b.yaml', text: others }]).objects }))).toEqual([]);
});
