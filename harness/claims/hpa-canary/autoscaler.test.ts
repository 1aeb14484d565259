import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { copyOfAutoscaler, readAutoscaler, sightOf, whoBlinds } from './autoscaler.ts';

const CPU = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } };
const MEMORY = {
  type: 'ContainerResource',
  containerResource: { name: 'memory', container: 'app', target: { type: 'Utilization', averageUtilization: 50 } },
};
const autoscaler = (spec: object, status: Readonly<Record<string, unknown>> = {}): KubeObject => ({
  metadata: { name: 'app', namespace: 'shop', uid: 'u', resourceVersion: '7', labels: { a: 'b' }, managedFields: [] },
  spec: { maxReplicas: 10, metrics: [CPU, MEMORY], ...spec },
  status,
});
const active = (status: 'True' | 'False', reason = '', message = '') => ({
  conditions: [{ type: 'ScalingActive', status, reason, message }],
});

describe('readAutoscaler', () => {
  it('reads bounds and tolerance', () => {
    expect(readAutoscaler(autoscaler({}), 'shop/app')).toEqual({ least: 1, most: 10, tolerance: 0.1 });
    const spec = { minReplicas: 2, behavior: { scaleUp: { tolerance: '0.05' } } };
    expect(readAutoscaler(autoscaler(spec), 'shop/app')).toEqual({ least: 2, most: 10, tolerance: 0.05 });
  });

  it.each([
    ['AUTOSCALER_MISSING', undefined],
    ['AUTOSCALER_NOT_COPYABLE', autoscaler({ metrics: [CPU, { type: 'External', external: {} }] })],
    [
      'AUTOSCALER_NOT_COPYABLE',
      autoscaler({ metrics: [{ ...CPU, resource: { name: 'cpu', target: { averageValue: '1' } } }] }),
    ],
    ['AUTOSCALER_NOT_COPYABLE', autoscaler({ metrics: [] })],
  ])('refuses with %s', (code, object) => {
    expect(() => readAutoscaler(object, 'shop/app')).toThrow(expect.objectContaining({ code, exitCode: 3 }));
  });
});

it('the copy has its spec, and nothing that a server wrote', () => {
  expect(copyOfAutoscaler(autoscaler({}, active('True')), 'copy')).toEqual({
    ...{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
    metadata: { name: 'app', namespace: 'copy', labels: { a: 'b' } },
    spec: autoscaler({}).spec,
  });
});

describe('sightOf', () => {
  it('tells the metric that asks for most', () => {
    const currentMetrics = [
      { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 63 } } },
      { type: 'ContainerResource', containerResource: { name: 'memory', current: { averageUtilization: 55 } } },
    ];
    expect(sightOf(autoscaler({}, { ...active('True'), currentMetrics, desiredReplicas: 3 }))).toMatchObject({
      ...{ isActive: true, used: 1.1, inWords: 'memory 55 % of 50 %', desired: 3 },
    });
  });

  it('knows nothing before it was told', () => {
    expect(sightOf(autoscaler({}))).toMatchObject({ isActive: undefined, used: undefined, inWords: '' });
    expect(sightOf(autoscaler({}, { ...active('False', 'X', 'y'), currentMetrics: null }))).toMatchObject({
      ...{ isActive: false, reason: 'X', message: 'y', used: undefined },
    });
  });
});

it.each([
  ['environment', 'FailedGetResourceMetric', 'unable to get metrics for resource cpu: no metrics returned'],
  ['environment', '', ''],
  [
    'subject',
    'FailedGetResourceMetric',
    'failed to get cpu utilization: missing request for cpu in container app of Pod a',
  ],
  ['subject', 'FailedGetScale', 'rollouts.argoproj.io "nobody" not found'],
  ['subject', 'ScalingDisabled', 'scaling is disabled since the replica count of the target is zero'],
])('the %s blinds it: %s %s', (whose, reason, message) => {
  expect(whoBlinds(sightOf(autoscaler({}, active('False', reason, message))))).toBe(whose);
});
