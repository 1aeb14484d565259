import { describe, expect, it } from 'vitest';
import { lintSet } from '../../lint-manifests.ts';
import { parseManifestSet } from '../../manifest-set.ts';
import { analysisFindingsOf, metricOf, type UnitOptions } from '../analysis-fixture.ts';

const queryOf = (matchers: string, service = '') =>
  `sum(rate(istio_requests_total{response_code!~"5..",${service}${matchers}}[1m])) / sum(rate(istio_requests_total{${service}${matchers}}[1m]))`;
const OF_CANARY = 'destination_service_name="shop-canary",';

function toldOf(matchers: string, service = '', rest: UnitOptions = {}): string[] {
  return analysisFindingsOf(
    { metrics: [metricOf(queryOf(matchers, service))], ...rest },
    'ANALYSIS_WORKLOAD_UNKNOWN',
  ).map(({ severity, sentence }) => `${severity} ${sentence.replace(/^.*the query asks for /, '')}`);
}

const deployment = (name: string, labels: Readonly<Record<string, string>> = { app: name }, namespace?: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, ...(namespace ? { namespace } : {}) },
  spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: {} } },
});

describe('a query that names a workload with the hash of a ReplicaSet', () => {
  const withHash = {
    args: [{ name: 'hash' }],
    canary: {
      steps: [
        { setWeight: 10 },
        {
          analysis: {
            templates: [{ templateName: 'check' }],
            args: [{ name: 'hash', valueFrom: { podTemplateHashValue: 'Latest' } }],
          },
        },
      ],
    },
  };

  it.each(['destination_workload=~"shop-.+"', 'source_workload=~"shop-[a-z0-9]+"', 'destination_workload=~"shop-.*"'])(
    'finds nothing: %s',
    (matcher) => {
      expect(toldOf(matcher)).toEqual([
        `warning ${matcher.replace(/=~"(.*)"/, ' $1')}, but Istio reports the pods of Rollout shop/shop as shop, without a hash, so it is empty for ever`,
      ]);
    },
  );

  it('finds nothing where the hash is given by Argo either', () => {
    expect(toldOf('destination_workload="shop-{{args.hash}}"', OF_CANARY, withHash)).toHaveLength(1);
    expect(toldOf('pod=~"shop-{{args.hash}}.*"', '', withHash)).toEqual([]);
  });

  it('finds something where another workload is called so, here or in another unit', () => {
    expect(toldOf('destination_workload=~"shop-.+"', '', { more: [deployment('shop-api')] })).toEqual([]);
    expect(toldOf('destination_workload=~"shop.*"')).toEqual([]);
    expect(toldOf('destination_workload=~"(shop|cart)"')).toEqual([]);
  });

  it('takes the canonical name from a label of the pods', () => {
    expect(toldOf('destination_canonical_service=~"shop-.+"')).toHaveLength(1);
    const named = deployment('cart', { app: 'shop-cart' });
    expect(toldOf('destination_canonical_service=~"shop-.+"', '', { more: [named] })).toEqual([]);
    expect(toldOf('destination_canonical_service="cart"', '', { more: [named] })).toHaveLength(1);
    expect(toldOf('destination_workload="cart"', '', { more: [named] })).toEqual([]);
  });
});

describe('a query that names a workload nobody runs', () => {
  it('is a doubt, and an error about a Service of which all pods are known', () => {
    expect(toldOf('destination_workload="shop-v2"')).toEqual([
      'warning destination_workload shop-v2, which nothing here runs, so it is empty for ever',
    ]);
    expect(toldOf('destination_workload="shop-v2"', OF_CANARY)).toEqual([
      'error destination_workload shop-v2, which nothing here runs, so it is empty for ever',
    ]);
    expect(toldOf('destination_workload="shop"', OF_CANARY)).toEqual([]);
  });

  it('may be meant elsewhere: another namespace, an unknown caller', () => {
    const payments = 'destination_workload="payments"';
    expect(toldOf(payments)).toHaveLength(1);
    expect(toldOf(payments, 'destination_workload_namespace="billing",')).toEqual([]);
    expect(toldOf(payments, 'destination_service_namespace=~"bill.*",')).toEqual([]);
    expect(toldOf(payments, 'destination_service="payments.billing.svc.cluster.local",')).toEqual([]);
    expect(toldOf('source_workload="istio-ingressgateway"')).toEqual([]);
    expect(toldOf('source_workload="front"', 'source_workload_namespace="istio-system",')).toEqual([]);
    expect(toldOf('source_workload="front"', 'source_workload_namespace="shop",')).toHaveLength(1);
    expect(toldOf('source_workload="unknown"', 'source_workload_namespace="shop",')).toEqual([]);
  });

  it('may be made by a controller, or by an experiment', () => {
    const made = { apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata: { name: 'cart' }, spec: {} };
    expect(toldOf('destination_workload="cart-00001-deployment"', '', { more: [made] })).toEqual([]);
    const cron = { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'nightly' }, spec: {} };
    expect(toldOf('destination_workload="nightly"', '', { more: [cron] })).toEqual([]);
    const steps = [
      { experiment: { templates: [{ name: 'baseline', specRef: 'stable' }] } },
      { analysis: { templates: [{ templateName: 'check' }] } },
    ];
    expect(toldOf('destination_workload=~".*-baseline"', '', { canary: { steps } })).toEqual([]);
  });

  it('is not judged with arguments that only the cluster knows', () => {
    const secret = [{ name: 'workload', valueFrom: { secretKeyRef: { name: 'names', key: 'workload' } } }];
    expect(toldOf('destination_workload="{{args.workload}}"', '', { args: secret })).toEqual([]);
  });

  it('is one that another unit of the repository may run', () => {
    const unit = (objects: readonly object[]) =>
      parseManifestSet(
        objects.map((object, index) => ({ path: `${index}.yaml`, text: JSON.stringify(object) })),
        'shop',
      );
    const template = {
      ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisTemplate', metadata: { name: 'check' } },
      spec: { metrics: [metricOf(queryOf('destination_workload="cart"'))] },
    };
    const rollout = {
      ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { name: 'shop' } },
      spec: { strategy: { canary: { analysis: { templates: [{ templateName: 'check' }] } } }, template: {} },
    };
    const set = unit([template, rollout]);
    const others = unit([deployment('cart', { app: 'cart' }, 'carts')]).objects;
    const codes = (others_: typeof others) => lintSet({ ...set, others: others_ }).map(({ code }) => code);
    expect(codes([])).toContain('ANALYSIS_WORKLOAD_UNKNOWN');
    expect(codes(others)).not.toContain('ANALYSIS_WORKLOAD_UNKNOWN');
  });
});
