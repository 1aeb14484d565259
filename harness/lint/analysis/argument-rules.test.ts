import { describe, expect, it } from 'vitest';
import { analysisFindingsOf, CANARY_SUCCESS, metricOf } from './analysis-fixture.ts';

const QUERY = CANARY_SUCCESS.replaceAll('shop-canary', '{{args.service}}');
const SERVICE = { name: 'service', value: 'shop-canary' };

function codesOf(given: readonly unknown[], declared: readonly unknown[] = [{ name: 'service' }], query = QUERY) {
  const analysis = { templates: [{ templateName: 'check' }], args: given };
  const steps = [{ setWeight: 10 }, { analysis }];
  const found = analysisFindingsOf({ metrics: [metricOf(query)], args: declared, canary: { steps } });
  return found.filter(({ code }) => /ARGUMENT/.test(code)).map(({ severity, code }) => `${severity} ${code}`);
}

describe('arguments', () => {
  it('that are given once are fine', () => {
    expect(codesOf([SERVICE])).toEqual([]);
    expect(codesOf([], [SERVICE])).toEqual([]);
    expect(codesOf([{ name: 'service', valueFrom: { podTemplateHashValue: 'Latest' } }])).toEqual([]);
  });

  it('without a default must be given', () => {
    expect(codesOf([])).toEqual(['error ANALYSIS_ARGUMENT_MISSING']);
    expect(codesOf([{ name: 'servce', value: 'x' }])).toEqual([
      'error ANALYSIS_ARGUMENT_MISSING',
      'warning ANALYSIS_ARGUMENT_UNKNOWN',
    ]);
    const secret = { name: 'service', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } };
    expect(codesOf([], [secret])).toEqual([]);
  });

  it('given twice: the last one wins', () => {
    expect(codesOf([SERVICE, { name: 'service' }])).toEqual(['error ANALYSIS_ARGUMENT_TWICE']);
    expect(codesOf([SERVICE, { name: 'service', value: 'other' }])).toEqual(['error ANALYSIS_ARGUMENT_TWICE']);
    expect(codesOf([SERVICE, SERVICE])).toEqual(['warning ANALYSIS_ARGUMENT_TWICE']);
  });

  it('declared twice', () => {
    expect(codesOf([SERVICE], [{ name: 'service' }, { name: 'service' }])).toEqual(['warning ANALYSIS_ARGUMENT_TWICE']);
    expect(codesOf([], [SERVICE, { name: 'service', value: 'b' }])).toEqual(['error ANALYSIS_ARGUMENT_TWICE']);
  });

  it('without value and source become empty', () => {
    expect(codesOf([{ name: 'service' }])).toEqual(['error ANALYSIS_ARGUMENT_EMPTY']);
    expect(codesOf([{ name: 'service' }], [SERVICE])).toEqual(['error ANALYSIS_ARGUMENT_EMPTY']);
    expect(codesOf([{ name: 'service', value: '' }])).toEqual([]);
  });

  it('from a label that the Rollout does not have become empty', () => {
    const from = (fieldPath: string) => [{ name: 'service', valueFrom: { fieldRef: { fieldPath } } }];
    expect(codesOf(from("metadata.labels['env']"))).toEqual(['warning ANALYSIS_ARGUMENT_EMPTY']);
    expect(codesOf(from("metadata.annotations['env']"))).toEqual(['warning ANALYSIS_ARGUMENT_EMPTY']);
    expect(codesOf(from("metadata.labels['app.kubernetes.io/instance']"))).toEqual([]);
    expect(codesOf(from('metadata.name'))).toEqual([]);
    expect(codesOf(from('status.currentPodHash'))).toEqual([]);
  });

  it('that no metric uses', () => {
    expect(codesOf([SERVICE], [{ name: 'service' }], CANARY_SUCCESS)).toEqual(['info ANALYSIS_ARGUMENT_UNUSED']);
    expect(codesOf([SERVICE], [{ name: 'service' }, { name: 'other', value: 'x' }])).toEqual([
      'info ANALYSIS_ARGUMENT_UNUSED',
    ]);
  });

  it('of every number of a metric', () => {
    const numbers = { count: '{{args.count}}', interval: '{{ args.every }}', failureLimit: '{{args.limit}}' };
    const bound = 'len(result) == 1 && result[0] >= asFloat("{{args.bound}}")';
    const conditions = { successCondition: bound, failureCondition: bound.replace('>=', '<') };
    const args = [
      { name: 'count', value: '10' },
      { name: 'every', value: '60s' },
      { name: 'limit', value: '1' },
      { name: 'bound', value: '0.99' },
    ];
    expect(analysisFindingsOf({ metrics: [metricOf(CANARY_SUCCESS, { ...numbers, ...conditions })], args })).toEqual(
      [],
    );
  });
});
