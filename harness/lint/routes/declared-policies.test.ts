import { expect, test } from 'vitest';
import { declaredPolicies, policyFindings } from './declared-policies.ts';

const YAML = `
apiVersion: v1
kind: Service
metadata: { name: orders }
spec: { selector: { app: orders } }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: orders }
spec:
  hosts: [orders]
  http:
    - route:
        - destination: { host: orders.shop.svc.cluster.local, subset: v1 }
      retries: { attempts: 3 }
      timeout: 0.5s
      mirror: { host: orders }
    - route:
        - destination: { host: stock }
      retries: { attempts: 7 }
      mirrors:
        - destination: { host: orders }
          percentage: { value: 20 }
        - destination: { host: stock }
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: orders }
spec:
  host: orders
  trafficPolicy:
    connectionPool: { http: { http2MaxRequests: 40 } }
    outlierDetection: { consecutive5xxErrors: 5, consecutiveGatewayErrors: 3, interval: 1s, maxEjectionPercent: 50 }
  subsets:
    - { name: v1, trafficPolicy: { connectionPool: { http: { http2MaxRequests: 10 } } } }
    - { name: v2 }
`;
const FILES = [{ path: 'mesh.yaml', text: YAML }];
const RECEIVER = { namespace: 'shop', labels: { app: 'orders', version: 'v1' } };
const where = 'profile.yaml (shop/retries)';

test('what leads to the receiver, with its place', () => {
  expect(declaredPolicies(FILES, 'shop', RECEIVER).map(({ kind, value }) => [kind, value])).toEqual([
    ['retries', 3],
    ['timeout', '0.5s'],
    ['mirrorPercentage', 100],
    ['mirrorPercentage', 20],
    ['http2MaxRequests', 40],
    ['consecutive5xxErrors', 5],
    ['consecutiveGatewayErrors', 3],
    ['maxEjectionPercent', 50],
    ['http2MaxRequests', 10],
  ]);
  expect(declaredPolicies(FILES, 'shop', RECEIVER)[0]?.where).toMatch(/^mesh\.yaml:15:/);
});

test.each([
  ['of another namespace', { ...RECEIVER, namespace: 'other' }],
  ['that no Service selects', { ...RECEIVER, labels: { app: 'stock' } }],
])('nothing is known of pods %s', (_, receiver) => {
  expect(declaredPolicies(FILES, 'shop', receiver)).toEqual([]);
});

test('a claim that says otherwise is warned of', () => {
  const retries = (attempts: number) =>
    ({ kind: 'retries', is: (value: unknown) => value === attempts, said: `${attempts} retries` }) as const;
  const context = { files: FILES, home: 'shop', where };
  expect(policyFindings(retries(3), context, RECEIVER)).toEqual([]);
  expect(policyFindings(retries(2), context, RECEIVER)).toMatchObject([
    {
      ...{ code: 'CLAIM_NOT_AS_DECLARED', severity: 'warning', where },
      sentence: expect.stringMatching(/^the claim says 2 retries, and Git declares retries 3 at mesh\.yaml:15:\d+$/),
    },
  ]);
  expect(policyFindings(retries(2), context, { ...RECEIVER, namespace: 'other' })).toEqual([]);
});

test('one of several fields may declare it', () => {
  const errors = (number: number) =>
    ({
      kind: ['consecutive5xxErrors', 'consecutiveGatewayErrors'],
      is: (value: unknown) => value === number,
      said: `after ${number} errors`,
    }) as const;
  const context = { files: FILES, home: 'shop', where };
  expect(policyFindings(errors(3), context, RECEIVER)).toEqual([]);
  expect(policyFindings(errors(5), context, RECEIVER)).toEqual([]);
  expect(policyFindings(errors(4), context, RECEIVER)).toMatchObject([
    {
      sentence: expect.stringMatching(
        /^the claim says after 4 errors, .* consecutive5xxErrors 5 at .*, consecutiveGateway/,
      ),
    },
  ]);
});
