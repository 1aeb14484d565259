import { describe, expect, it } from 'vitest';
import { analysisFindingsOf, CANARY_SUCCESS, metricOf } from './analysis-fixture.ts';

function codesOf(metric: unknown): string[] {
  return analysisFindingsOf({ metrics: [metric] }).map(({ severity, code }) => `${severity} ${code}`);
}

describe('a template that is written in odd ways', () => {
  it('may have conditions that are no texts', () => {
    const always = { successCondition: true, failureCondition: null };
    expect(codesOf(metricOf(CANARY_SUCCESS, always))).toEqual(['warning ANALYSIS_CONDITION_CONSTANT']);
    expect(codesOf(metricOf(CANARY_SUCCESS, { successCondition: null, failureCondition: { a: 1 } }))).toEqual([
      'error ANALYSIS_CONDITION_MISSING',
    ]);
  });

  it('may open a placeholder that it does not close', () => {
    const metric = metricOf(CANARY_SUCCESS.replace('shop-canary', '{{args.service}}'), { interval: '30s {{' });
    const codes = codesOf(metric);
    expect(codes).toContain('error ANALYSIS_ARGUMENT_UNDECLARED');
    expect(codes).toContain('error ANALYSIS_METRIC_INVALID');
  });

  it.each([null, 'x', [], { name: 'x' }, { name: 3, provider: {} }, { name: 'x', provider: { prometheus: null } }])(
    'may have a metric that is none: %j',
    (metric) => {
      expect(() => codesOf(metric)).not.toThrow();
    },
  );
});
