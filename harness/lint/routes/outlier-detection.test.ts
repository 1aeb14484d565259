import { expect, test } from 'vitest';
import { lintManifests } from '../lint-manifests.ts';
import { parseManifestSet } from '../manifest-set.ts';
import { outlierFindings } from './outlier-detection.ts';

interface Shop {
  readonly policy: string;
  readonly replicas?: string;
  readonly kind?: string;
  readonly more?: string;
}

const shop = ({ policy, replicas = 'replicas: 3', kind = 'Deployment', more = '' }: Shop) => `
apiVersion: v1
kind: Service
metadata: { name: stock }
spec: { selector: { app: stock }, ports: [{ name: http, port: 80 }] }
---
apiVersion: ${kind === 'Rollout' ? 'argoproj.io/v1alpha1' : 'apps/v1'}
kind: ${kind}
metadata: { name: stock }
spec:
  ${replicas}
  selector: { matchLabels: { app: stock } }
  template:
    metadata: { labels: { app: stock, version: v1 } }
    spec: { containers: [{ name: stock, image: stock }] }
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: stock }
spec:
  host: stock
  ${policy}
${more}`;

function found(one: Shop) {
  const findings = lintManifests([{ path: 'shop.yaml', text: shop(one) }], { namespace: 'shop' });
  return findings.filter(({ code }) => code.startsWith('OUTLIER_'));
}

const detection = (fields: string) => `trafficPolicy: { outlierDetection: { ${fields} } }`;
const AUTOSCALER = `---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: stock }
spec: { maxReplicas: 10, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: stock } }
`;

test('the default of ten percent ejects none of three', () => {
  expect(found({ policy: detection('interval: 1s') })).toEqual([
    {
      ...{ code: 'OUTLIER_NEVER_EJECTED', layer: 'manifest', severity: 'warning' },
      where: expect.stringMatching(/^shop\.yaml:22:\d+$/),
      sentence:
        'DestinationRule shop/stock lets 10 % of the endpoints be ejected, which is the default, and there are 3: that is less than one, so none ever is',
      hint: 'maxEjectionPercent must be at least 34 for one of 3.',
    },
  ]);
});

test.each([
  ['a percentage that comes to less than one', { policy: detection('maxEjectionPercent: 33') }],
  ['one of half of one replica', { policy: detection('maxEjectionPercent: 50'), replicas: 'paused: false' }],
  ['an explicit 0, which is the default', { policy: detection('maxEjectionPercent: 0') }],
  ['a Rollout in the middle of a canary', { policy: detection(''), kind: 'Rollout' }],
  ['the port’s own', { policy: `trafficPolicy: { portLevelSettings: [{ outlierDetection: {} }] }` }],
  [
    'the subset’s own',
    { policy: `subsets: [{ name: v1, labels: { version: v1 }, ${detection('maxEjectionPercent: 20')} }]` },
  ],
])('finds %s', (_, one) => {
  expect(found(one)).toMatchObject([{ code: 'OUTLIER_NEVER_EJECTED' }]);
});

test('counting that is switched off is found', () => {
  expect(found({ policy: detection('consecutive5xxErrors: 0, maxEjectionPercent: 100') })).toMatchObject([
    { code: 'OUTLIER_COUNTS_NOTHING' },
  ]);
});

test.each([
  ['one of three', { policy: detection('maxEjectionPercent: 34') }],
  ['one of one', { policy: detection('maxEjectionPercent: 100'), replicas: 'replicas: 1' }],
  ['ten by an autoscaler', { policy: detection(''), more: AUTOSCALER }],
  ['as many as there are nodes', { policy: detection(''), kind: 'DaemonSet', replicas: 'minReadySeconds: 1' }],
  [
    'gateway errors alone',
    { policy: detection('consecutive5xxErrors: 0, consecutiveGatewayErrors: 5, maxEjectionPercent: 50') },
  ],
  ['a subset that no workload is in', { policy: `subsets: [{ name: v9, labels: { version: v9 }, ${detection('')} }]` }],
  ['no outlier detection', { policy: 'trafficPolicy: {}' }],
])('%s: nothing is said', (_, one) => {
  expect(found(one)).toEqual([]);
});

test('a host of somebody else may have any number of endpoints', () => {
  const text = shop({ policy: detection('') }).replace('host: stock', 'host: api.example.com');
  const findings = lintManifests([{ path: 'shop.yaml', text }], { namespace: 'shop' });
  expect(findings.filter(({ code }) => code.startsWith('OUTLIER_'))).toEqual([]);
});

const workload = (name: string, labels: string, namespace = 'shop') => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}${namespace === '' ? '' : `, namespace: ${namespace}`} }
spec: { replicas: 20, template: { metadata: { labels: ${labels} }, spec: { containers: [{ name: stock, image: stock }] } } }
`;
const scaler = (kind: string, target: string, namespace = 'shop') => `
apiVersion: ${kind === 'ScaledObject' ? 'keda.sh/v1alpha1' : 'autoscaling/v2'}
kind: ${kind}
metadata: { name: stock${namespace === '' ? '' : `, namespace: ${namespace}`} }
spec: { maxReplicas: 30, scaleTargetRef: { name: ${target} } }
`;

test.each([
  ['pods of the Service', workload('stock-v2', '{ app: stock, version: v2 }'), []],
  ['pods of a namespace that nobody names', workload('stock-v2', '{ app: stock }', ''), []],
  ['an autoscaler of its workload', scaler('HorizontalPodAutoscaler', 'stock'), []],
  ['an autoscaler of a namespace that nobody names', scaler('ScaledObject', 'stock', ''), []],
  ['other pods', workload('cart', '{ app: cart }'), ['OUTLIER_NEVER_EJECTED']],
  ['such pods of another namespace', workload('stock-v2', '{ app: stock }', 'web'), ['OUTLIER_NEVER_EJECTED']],
  ['the same workload', workload('stock', '{ app: stock, version: v1 }'), ['OUTLIER_NEVER_EJECTED']],
  ['an autoscaler of another workload', scaler('HorizontalPodAutoscaler', 'cart'), ['OUTLIER_NEVER_EJECTED']],
  ['one of another namespace', scaler('HorizontalPodAutoscaler', 'stock', 'web'), ['OUTLIER_NEVER_EJECTED']],
])('where somebody else applies %s', (_, text, expected) => {
  const set = parseManifestSet([{ path: 'shop.yaml', text: shop({ policy: detection('') }) }], 'shop');
  const { objects } = parseManifestSet([{ path: 'other.yaml', text }]);
  const findings = outlierFindings({ ...set, others: [...set.objects, ...objects] });
  expect(findings.map(({ code }) => code)).toEqual(expected);
});
