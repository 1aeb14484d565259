import { expect, test } from 'vitest';
import { type ManifestObject, parseManifestSet } from '../manifest-set.ts';
import { subsetFindings } from '../object-rules.ts';
import { serviceWithoutPodsFindings } from './services-without-pods.ts';
import { podTemplates } from './subsets.ts';

const object = (apiVersion: string, kind: string, name: string, spec: string, namespace = 'shop'): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec: ${spec}\n`;
const service = (selector: string, more = '') =>
  object(
    'v1',
    'Service',
    'cart',
    `{ ${selector === '' ? '' : `selector: { ${selector} }, `}${more}ports: [{ port: 80 }] }`,
  );
const workload = (labels: string, name = 'cart', namespace = 'shop') =>
  object('apps/v1', 'Deployment', name, `{ template: { metadata: { labels: { ${labels} } } } }`, namespace);
const route = (weight = 100) =>
  object(
    'networking.istio.io/v1',
    'VirtualService',
    'cart',
    `{ hosts: [cart], http: [{ route: [{ destination: { host: cart }, weight: ${weight} }, { destination: { host: other }, weight: ${100 - weight} }] }] }`,
  );

function judged(texts: readonly string[], others: readonly ManifestObject[] = []): string[] {
  const set = parseManifestSet([{ path: 'a.yaml', text: texts.join('---\n') }]);
  return serviceWithoutPodsFindings({ ...set, others }).map(({ severity, code }) => `${severity} ${code}`);
}
const objectsOf = (...texts: string[]) => parseManifestSet([{ path: 'b.yaml', text: texts.join('---\n') }]).objects;

const TYPED = 'app: cart, tier: web';
const WARNING = ['warning SERVICE_WITHOUT_PODS'];
const ERROR = ['error SERVICE_WITHOUT_PODS'];

test('pods that carry a part of what a routed Service selects: an error, else a warning', () => {
  expect(judged([service(TYPED), workload('app: cart, tier: api'), route()])).toEqual(ERROR);
  expect(judged([service(TYPED), workload('app: cart, tier: api')])).toEqual(WARNING);
  expect(judged([service(TYPED), workload('app: cart, tier: api'), route(0)])).toEqual(WARNING);
  // nothing says that these pods are meant
  expect(judged([service(TYPED), workload('app: other', 'other'), route()])).toEqual(WARNING);
  expect(judged([service(TYPED), workload('app: cart, tier: web'), route()])).toEqual([]);
});

test('says what the pods carry instead', () => {
  const set = parseManifestSet([{ path: 'a.yaml', text: [service(TYPED), workload('app: cart')].join('---\n') }]);
  const [finding] = serviceWithoutPodsFindings(set);
  expect(finding!.sentence).toContain('app=cart, tier=web');
  expect(finding!.hint).toContain('Pods of Deployment shop/cart have app=cart.');
});

test.each([
  ['a Service without a selector', [service(''), workload('app: other')], []],
  ['a name for a host outside', [service(TYPED, 'type: ExternalName, '), workload('app: other')], []],
  ['the unit has no workload of that namespace', [service(TYPED), workload('app: other', 'other', 'elsewhere')], []],
  ['another unit brings the pods', [service(TYPED), workload('app: other')], [workload(TYPED, 'cart', 'elsewhere')]],
  [
    'an operator makes pods of a custom resource',
    [service(TYPED), workload('app: other'), object('acid.zalan.do/v1', 'postgresql', 'cart', '{}')],
    [],
  ],
  [
    'an Application brings a chart to that namespace',
    [service(TYPED), workload('app: other')],
    [
      object(
        'argoproj.io/v1alpha1',
        'Application',
        'charts',
        '{ source: { chart: redis }, destination: { namespace: shop } }',
        'argocd',
      ),
    ],
  ],
  [
    'pods of a Rollout are described in an object that is not here',
    [
      service(TYPED),
      workload('app: other', 'other'),
      object('argoproj.io/v1alpha1', 'Rollout', 'cart', '{ workloadRef: { kind: Deployment, name: cart } }'),
    ],
    [],
  ],
  [
    'a Rollout names it, which is judged with the Rollout',
    [
      service(TYPED),
      object(
        'argoproj.io/v1alpha1',
        'Rollout',
        'cart',
        '{ template: { metadata: { labels: { app: cart } } }, strategy: { canary: { stableService: cart } } }',
      ),
    ],
    [],
  ],
])('silent: %s', (_what, own, others) => {
  expect(judged(own, objectsOf(...others))).toEqual([]);
});

test('a custom resource of another namespace makes no pods here', () => {
  const elsewhere = objectsOf(object('acid.zalan.do/v1', 'postgresql', 'db', '{}', 'data'));
  expect(judged([service(TYPED), workload('app: cart')], elsewhere)).toEqual(WARNING);
});

test('pods of a workloadRef carry the labels of the arms', () => {
  const rollout = object(
    'argoproj.io/v1alpha1',
    'Rollout',
    'cart',
    '{ workloadRef: { kind: Deployment, name: cart }, strategy: { canary: { canaryMetadata: { labels: { role: canary } } } } }',
  );
  const rule = object(
    'networking.istio.io/v1',
    'DestinationRule',
    'cart',
    '{ host: cart, subsets: [{ name: canary, labels: { role: canary } }, { name: gone, labels: { role: gone } }] }',
  );
  const text = [service('app: cart'), workload('app: cart'), rollout, rule].join('---\n');
  expect(subsetFindings(parseManifestSet([{ path: 'a.yaml', text }])).map(({ sentence }) => sentence)).toEqual([
    expect.stringContaining('subset gone'),
  ]);
});

test('pod templates of many objects are read once, however often they are asked for', () => {
  const set = parseManifestSet([
    { path: 'pod.yaml', text: 'apiVersion: v1\nkind: Pod\nmetadata: { name: a, labels: { app: a } }\n' },
  ]);
  expect(podTemplates(set)).toMatchObject([{ labels: { app: 'a' } }]);
  expect(podTemplates({ objects: set.objects })).toBe(podTemplates(set));
});
