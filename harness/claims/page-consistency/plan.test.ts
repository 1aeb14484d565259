import { expect, test } from 'vitest';
import type { SplitClaim } from '../../documents/references.ts';
import { type PageConsistencyClaim, pageConsistency } from './declaration.ts';

const route = (weights: readonly number[]) => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop, namespace: shop }
spec:
  hosts: [shop]
  http:
    - route:
${weights.map((weight, index) => `        - { destination: { host: shop, subset: v${index + 1} }, weight: ${weight} }`).join('\n')}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: shop, namespace: shop }
spec:
  host: shop
  subsets: [{ name: v1, labels: { version: v1 } }, { name: v2, labels: { version: v2 } }]
`;
const split = { id: 'shop/split', virtualService: { namespace: 'shop', name: 'shop' } } as SplitClaim;
const claim: PageConsistencyClaim = {
  ...{ id: 'shop/pages', title: 'whole', kind: 'page-consistency', split, path: '/', assets: 2 },
  routes: [{ name: 'as declared', host: 'shop.example.com', broken: 0, margin: 0.1 }],
};
const plan = (weights: readonly number[]) =>
  pageConsistency.plan?.(claim, {
    ...{ files: [{ path: 'a.yaml', text: route(weights) }], assurance: 'smoke', ratePerSecond: undefined },
  });

test('users are counted, too, where there is more than one version to split them over', () => {
  expect(plan([90, 10])).toMatchObject([
    { line: expect.stringMatching(/, and then first requests of users as a split$/) },
  ]);
  expect(plan([100])).toMatchObject([{ line: expect.stringMatching(/at most 0 % may break$/) }]);
});
