import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../k8s/client/object.ts';
import { askedMetrics, conditionForms, longestRangeMs, subqueryStepMs, windowMs } from './analysis-query.ts';

const TEMPLATE: KubeObject = {
  metadata: { name: 'success-rate' },
  spec: {
    args: [{ name: 'namespace' }, { name: 'version' }, { name: 'window', value: '30s' }],
    metrics: [
      {
        name: 'success-rate',
        successCondition: 'len(result) == 1 && !isNaN(result[0]) && result[0] >= {{args.limit}}',
        provider: {
          prometheus: { query: 'rate(x{ns="{{args.namespace}}",v="{{ args.version }}"}[{{args.window}}])\n' },
        },
      },
      { name: 'job', provider: { job: {} } },
    ],
  },
};
const ROLLOUT: KubeObject = {
  metadata: { name: 'shop', namespace: 'shop-e' },
  spec: { template: { metadata: { labels: { version: 'v2' } } } },
};

describe('askedMetrics', () => {
  it('fills in arguments, defaults and fields of the Rollout', () => {
    const step = {
      templates: [{ templateName: 'success-rate' }, { templateName: 'absent' }],
      args: [
        { name: 'namespace', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
        { name: 'version', valueFrom: { fieldRef: { fieldPath: "spec.template.metadata.labels['version']" } } },
      ],
    };
    const metrics = askedMetrics(step, [TEMPLATE], ROLLOUT);
    expect(metrics.map(({ query }) => query)).toEqual(['rate(x{ns="shop-e",v="v2"}[30s])']);
    expect(metrics[0]?.successCondition).toContain('{{args.limit}}');
  });
});

describe('windowMs', () => {
  it('is the shortest range, not the range of a subquery', () => {
    expect(windowMs('min_over_time((rate(a[30s]) / rate(b[1m30s]) > bool 0.05)[2m:5s])')).toBe(30_000);
    expect(longestRangeMs('min_over_time((rate(a[30s]) > bool 0.05)[2m5s:5s])')).toBe(125_000);
    expect(windowMs('up')).toBeUndefined();
    expect(subqueryStepMs('min_over_time((rate(a[30s]) > bool 0.05)[2m5s:5s])')).toBe(5_000);
    expect(subqueryStepMs('max_over_time(rate(a[30s])[2m:])')).toBeUndefined();
    expect(subqueryStepMs('rate(a[30s])')).toBeUndefined();
  });
});

describe('conditionForms', () => {
  it('states the plain limit from either side', () => {
    const guarded = { successCondition: 'len(result) == 1 && !isNaN(result[0]) && result[0] < {{args.x}}' };
    expect(conditionForms(guarded)).toEqual({ success: 'result[0] < {{args.x}}', failure: 'result[0] >= {{args.x}}' });
    expect(conditionForms({ failureCondition: 'result[0] > 0.05' })).toEqual({
      success: 'result[0] <= 0.05',
      failure: 'result[0] > 0.05',
    });
    expect(conditionForms({ successCondition: 'all(result, # > 1)' })).toBeUndefined();
  });
});
