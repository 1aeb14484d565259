import { describe, expect, test } from 'vitest';
import { lintSet } from './lint-manifests.ts';
import { type ManifestObject, parseManifestSet } from './manifest-set.ts';

const ROLLOUT = `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop }
spec:
  selector: { matchLabels: { app: shop } }
  template: { metadata: { labels: { app: shop } } }
  strategy:
    canary:
      stableMetadata: { labels: { role: stable } }
      stableService: stable
      canaryService: canary
      trafficRouting:
        istio:
          virtualService: { name: routes }
          destinationRule: { name: rule, stableSubsetName: stable, canarySubsetName: canary }
      steps: [{ setWeight: 5 }, { analysis: { templates: [{ templateName: check }] } }]
---
apiVersion: v1
kind: Service
metadata: { name: shop }
spec: { selector: { app: shop } }
`;

const OTHERS = `apiVersion: v1
kind: Service
metadata: { name: stable, namespace: other }
---
apiVersion: v1
kind: Service
metadata: { name: canary }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: routes }
spec: { http: [{ route: [{ destination: { host: shop, subset: stable } }, { destination: { host: shop, subset: canary } }] }] }
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: rule }
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: check }
`;

function judged(text: string, others: readonly ManifestObject[] | undefined): string[] {
  const set = parseManifestSet([{ path: 'a.yaml', text }]);
  return lintSet({ ...set, ...(others ? { others } : {}) }).map(({ severity, code }) => `${severity} ${code}`);
}

describe('what a unit names and does not hold', () => {
  const all = [
    'ROLLOUT_SERVICE_MISSING',
    'ROLLOUT_SERVICE_MISSING',
    'ROLLOUT_DESTINATION_RULE_MISSING',
    'ROLLOUT_VIRTUAL_SERVICE_MISSING',
    'ROLLOUT_TEMPLATE_MISSING',
  ];

  test('is missing where this is all there is', () => {
    expect(judged(ROLLOUT, undefined).toSorted()).toEqual(all.map((code) => `error ${code}`).toSorted());
  });
  test('is not when another unit of the repository brings it', () => {
    expect(judged(ROLLOUT, parseManifestSet([{ path: 'b.yaml', text: OTHERS }]).objects)).toEqual([]);
  });
  test('is judged together with it, as a doubt, where only one can be meant', () => {
    const template = `---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: check }
spec: { args: [{ name: service }], metrics: [] }
`;
    const others = OTHERS.replace('subset: canary }', 'subset: new }').replace(
      /---\napiVersion: argoproj[\s\S]*/,
      template,
    );
    const of = (...texts: readonly string[]) => parseManifestSet([{ path: 'b.yaml', text: texts.join('') }]).objects;
    const expected = [
      'warning ROLLOUT_DESTINATIONS',
      'warning ANALYSIS_ARGUMENT_MISSING',
      'info ANALYSIS_ARGUMENT_UNUSED',
    ];
    expect(judged(ROLLOUT, of(others)).toSorted()).toEqual(expected.toSorted());
    expect(judged(ROLLOUT, of(others, template.replace('service', 'host'))).toSorted()).toEqual([expected[0]]);
  });
  test('is in doubt when nobody in the repository brings anything of that kind', () => {
    const findings = judged(ROLLOUT, []);
    expect(findings).toContain('warning ROLLOUT_VIRTUAL_SERVICE_MISSING');
    expect(findings).toContain('warning ROLLOUT_TEMPLATE_MISSING');
    // Services there are, only not these
    expect(findings).toContain('error ROLLOUT_SERVICE_MISSING');
  });
});

describe('subsets', () => {
  const routed = (labels: string) => `${ROLLOUT.split('---')[1]}---
apiVersion: apps/v1
kind: Deployment
metadata: { name: d }
spec: { template: { metadata: { labels: { app: shop } } } }
---
${ROLLOUT.split('---')[0]}---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: rule }
spec: { host: shop, subsets: [{ name: stable, labels: ${labels} }, { name: canary, labels: { app: shop } }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: routes }
spec:
  hosts: [shop]
  http: [{ route: [{ destination: { host: shop, subset: stable }, weight: 100 }, { destination: { host: shop, subset: canary }, weight: 0 }] }]
`;
  test.each([
    ['of stableMetadata', '{ role: stable }', false],
    ['that the controller writes over', '{ rollouts-pod-template-hash: later }', false],
    ['of no pod', '{ role: nothing }', true],
  ])('labels %s', (_what, labels, missing) => {
    expect(judged(routed(labels), undefined).includes('error SUBSET_WITHOUT_PODS')).toBe(missing);
  });
});

describe('subsets of pods that another unit runs', () => {
  const ROUTES = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: cart, namespace: shop }
spec: { host: cart, subsets: [{ name: old, labels: { version: v1 } }, { name: new, labels: { version: v2 } }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: cart, namespace: shop }
spec:
  hosts: [cart]
  http: [{ route: [{ destination: { host: cart, subset: old }, weight: 90 }, { destination: { host: cart, subset: new }, weight: 10 }] }]
`;
  const SERVICE = 'apiVersion: v1\nkind: Service\nmetadata: { name: cart }\nspec: { selector: { app: cart } }\n';
  const pods = (version: string, app = 'cart') =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: ${app}-${version} }\nspec: { template: { metadata: { labels: { app: ${app}, version: ${version} } } } }\n`;
  const of = (...texts: readonly string[]) =>
    judged(ROUTES, parseManifestSet([{ path: 'b.yaml', text: texts.join('---\n') }]).objects);
  test('are in doubt where none of those pods has the labels, and a route sends traffic there', () => {
    expect(of(SERVICE, pods('v1'))).toEqual(['warning SUBSET_WITHOUT_PODS']);
    expect(of(SERVICE, pods('v1'), pods('v2'))).toEqual([]);
  });
  test('are in doubt where a Service of another unit does not select them', () => {
    const own = `${ROUTES}---\n${pods('v1').replace('name: cart-v1', 'name: cart-v1, namespace: shop')}---\n${pods('v2').replace('name: cart-v2', 'name: cart-v2, namespace: shop')}`;
    const others = (selector: string) =>
      parseManifestSet([
        {
          path: 'b.yaml',
          text: `${SERVICE.replace('app: cart', selector)}---\n${pods('v1').replace('app: cart,', 'app: cart, by: hand,')}`,
        },
      ]).objects;
    expect(judged(own, others('app: cart'))).toEqual([]);
    expect(judged(own, others('app: cart, by: hand'))).toEqual(['warning SUBSET_WITHOUT_PODS']);
  });
  test('are not judged where nobody brings the Service or any of its pods', () => {
    expect(of(pods('v1'))).toEqual([]);
    expect(of(SERVICE, pods('v1', 'web'))).toEqual([]);
  });
});

describe('a canary without traffic routing', () => {
  const canary = (hosts: string) => `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop }
spec: { replicas: 5, selector: { matchLabels: { app: shop } }, template: { metadata: { labels: { app: shop } } }, strategy: { canary: { steps: [{ setWeight: 20 }] } } }
---
apiVersion: v1
kind: Service
metadata: { name: one }
spec: { selector: { app: shop } }
---
apiVersion: v1
kind: Service
metadata: { name: two }
spec: { selector: { app: shop } }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: routes }
spec: { hosts: [one], http: [{ route: [${hosts}] }] }
`;
  test('is a choice, unless a VirtualService splits between its Services', () => {
    expect(judged(canary('{ destination: { host: one } }'), undefined)).toEqual([
      'warning ROLLOUT_WITHOUT_TRAFFIC_ROUTING',
    ]);
    const split = '{ destination: { host: one }, weight: 100 }, { destination: { host: two }, weight: 0 }';
    expect(judged(canary(split), undefined)).toEqual(['error ROLLOUT_WITHOUT_TRAFFIC_ROUTING']);
  });
});

test('a route to the name of programs whose Services are called otherwise is doubted, and one to anybody else is not', () => {
  const route = (host: string) => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: routes }
spec: { hosts: [shop.example.com], gateways: [edge], http: [{ route: [{ destination: { host: ${host} } }] }] }
`;
  const service = `apiVersion: v1
kind: Service
metadata: { name: shop-v1 }
spec: { selector: { app: shop, version: v1 } }
`;
  const others = parseManifestSet([{ path: 'b.yaml', text: service }]).objects;
  expect(judged(route('shop'), others)).toContain('warning ROUTE_HOST_WITHOUT_SERVICE');
  for (const host of ['shop-v1', 'grafana'])
    expect(judged(route(host), others).join()).not.toContain('ROUTE_HOST_WITHOUT_SERVICE');
});

test('a route to pods without a Service is doubted, wherever no manifest makes one of that name', () => {
  const pods = (app: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: any }
spec: { template: { metadata: { labels: { app: ${app} } } } }
`;
  const route = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: routes }
spec: { hosts: [shop.example.com], gateways: [edge], http: [{ route: [{ destination: { host: shop } }] }] }
`;
  const service = parseManifestSet([
    {
      path: 'b.yaml',
      text: 'apiVersion: v1\nkind: Service\nmetadata: { name: shop }\nspec: { selector: { app: shop } }\n',
    },
  ]).objects;
  const found = (app: string, others: Parameters<typeof judged>[1]) =>
    judged(`${pods(app)}---\n${route}`, others).filter((one) => one.includes('ROUTE_HOST_WITHOUT_SERVICE'));
  expect(found('shop', [])).toEqual(['warning ROUTE_HOST_WITHOUT_SERVICE']);
  expect(found('shop', service)).toEqual([]);
  expect(found('cart', [])).toEqual([]);
});
