import { describe, expect, it } from 'vitest';
import { analysisFindingsOf, CANARY_SUCCESS, metricOf } from './analysis-fixture.ts';

function codesIn(metric: Record<string, unknown>): string[] {
  return analysisFindingsOf({ metrics: [metric] })
    .map(({ severity, code }) => `${severity} ${code}`)
    .toSorted();
}

const NO_FAILURE = { failureCondition: undefined };

function codesOf(
  successCondition: string,
  query = CANARY_SUCCESS,
  rest: Record<string, unknown> = NO_FAILURE,
): string[] {
  return codesIn(metricOf(query, { successCondition, ...rest }));
}

describe('a metric of Prometheus without conditions', () => {
  const none = { successCondition: undefined, failureCondition: undefined };

  it('passes whatever the answer, which is an error', () => {
    expect(analysisFindingsOf({ metrics: [metricOf(CANARY_SUCCESS, none)] })).toMatchObject([
      { code: 'ANALYSIS_CONDITION_MISSING', severity: 'error', where: 'unit.yaml:7:7' },
    ]);
    expect(codesOf('', CANARY_SUCCESS)).toEqual(['error ANALYSIS_CONDITION_MISSING']);
  });

  it('is told where the condition went', () => {
    const prometheus = { query: CANARY_SUCCESS, successCondition: 'result[0] > 1' };
    const metric = metricOf('', { ...none, provider: { prometheus } });
    expect(analysisFindingsOf({ metrics: [metric] }, 'ANALYSIS_CONDITION_MISPLACED')).toMatchObject([
      { severity: 'error', sentence: expect.stringContaining('stands under provider.prometheus') as unknown },
    ]);
  });

  it('may have lost it under another provider too', () => {
    const datadog = { query: 'avg:x', successCondition: 'default(result, 0) < 1' };
    const metric = metricOf('', { ...none, provider: { datadog } });
    expect(codesIn(metric)).toEqual([
      'error ANALYSIS_CONDITION_MISPLACED',
      'error ANALYSIS_CONDITION_MISSING',
      'info ANALYSIS_PROVIDER_NOT_JUDGED',
    ]);
    const fine = {
      ...metricOf('', { ...none, provider: { datadog: { query: 'avg:x' } } }),
      successCondition: 'result < 1',
    };
    expect(codesIn(fine)).toEqual(['info ANALYSIS_PROVIDER_NOT_JUDGED']);
    const plugin = metricOf('', { ...none, provider: { plugin: { 'a/b': { successCondition: 'x' } } } });
    expect(codesIn(plugin)).toEqual(['info ANALYSIS_PROVIDER_NOT_JUDGED']);
  });

  it.each([
    ['result.ok == true && result.rate >= 0.95', 'web', []],
    ['all(result, .score > 0.5) && asFloat(result[0].p95) < 200', 'web', []],
    ['default(result, 0) < 0.05', 'datadog', []],
    ['result.ok === true', 'web', ['error ANALYSIS_CONDITION_INVALID']],
    ['result.ok == true && 5', 'newRelic', ['error ANALYSIS_CONDITION_INVALID']],
    ['result = 1', 'plugin', []],
    ['result == 0', 'job', ['warning ANALYSIS_CONDITION_IGNORED']],
  ])('%s is judged for what a %s answers', (successCondition, provider, codes) => {
    const metric = { name: 'other', successCondition, provider: { [provider]: { url: 'http://a' } } };
    expect(codesIn(metric).filter((code) => !code.endsWith('_NOT_JUDGED'))).toEqual(codes);
  });

  it('is fine where it is a dry run, or a job', () => {
    const metric = metricOf(CANARY_SUCCESS, none);
    const other = { ...metricOf(CANARY_SUCCESS), name: 'other' };
    const dry = { metrics: [metric, other], spec: { dryRun: [{ metricName: 'success-rate' }] } };
    expect(analysisFindingsOf(dry, 'ANALYSIS_CONDITION_MISSING')).toMatchObject([{ severity: 'info' }]);
    const job = { name: 'load', provider: { job: { spec: {} } } };
    expect(analysisFindingsOf({ metrics: [job] })).toMatchObject([
      { code: 'ANALYSIS_PROVIDER_NOT_JUDGED', severity: 'info' },
    ]);
  });
});

describe('a condition, executed', () => {
  it.each([
    ['default(result, 0) < 0.05', 'error ANALYSIS_CONDITION_ALWAYS_ERROR'],
    ['len(result) >= 0 && default(result, 0) > 1', 'error ANALYSIS_CONDITION_ALWAYS_ERROR'],
    ['result < 0.05', 'error ANALYSIS_CONDITION_INVALID'],
    ['isNaN(result)', 'error ANALYSIS_CONDITION_INVALID'],
    ['average(result) > 1', 'error ANALYSIS_CONDITION_INVALID'],
    ['len(result) >= 0', 'warning ANALYSIS_CONDITION_CONSTANT'],
    ['result[0] > 0.9 && result[0] < 0.1', 'error ANALYSIS_CONDITION_CONSTANT'],
  ])('that never works is told: %s', (condition, expected) => {
    expect(codesOf(condition)).toContain(expected);
  });

  it.each([
    'len(result) > 0 ? result[0] < 1 : true',
    'len(result) == 0 || isNaN(result[0]) || result[0] >= 0.95',
    'all(filter(result, !isNaN(#)), # >= 0.95)',
    '(first(result) ?? 1.0) > 0.5 || isNaN(first(result) ?? 0.0)',
  ])('that works is not an error: %s', (condition) => {
    expect(codesOf(condition).filter((text) => text.startsWith('error'))).toEqual([]);
  });

  it('knows a guard that comes too late from one in time, and from none', () => {
    expect(codesOf('result[0] >= 0.9 || len(result) == 0')).toContain('error ANALYSIS_GUARD_AFTER_INDEX');
    expect(codesOf('len(result) > 1 ? false : isNaN(result[0]) || result[0] >= 0.9')).toEqual([
      'warning ANALYSIS_EMPTY_ERRORS',
    ]);
    expect(codesOf('len(result) == 0 || isNaN(result[0]) || result[0] >= 0.9')).toEqual([
      'info ANALYSIS_EMPTY_PASSES',
      'warning ANALYSIS_ONLY_ERRORS_PASS',
    ]);
    expect(codesOf('isNaN(result[0]) || result[0] >= 0.9')).toEqual(['warning ANALYSIS_EMPTY_ERRORS']);
    expect(codesOf('len(result) > 0 && (isNaN(result[0]) || result[0] >= 0.9)')).toEqual([
      'warning ANALYSIS_EMPTY_FAILS',
    ]);
  });

  it('proposes what lets an empty answer pass, and nothing that fails it', () => {
    const hintOf = (conditions: Record<string, unknown>) =>
      analysisFindingsOf(
        { metrics: [metricOf(CANARY_SUCCESS, { ...NO_FAILURE, ...conditions })] },
        'ANALYSIS_EMPTY_ERRORS',
      ).map(({ hint }) => hint);
    expect(hintOf({ successCondition: 'isNaN(result[0]) || result[0] >= 0.9' })).toEqual([
      '5 Errors in a row abort the rollout. To let it pass, begin the condition with len(result) == 0 ||, or end the query with "or vector(1)".',
    ]);
    expect(hintOf({ successCondition: undefined, failureCondition: 'result[0] > 0.05' })).toEqual([
      '5 Errors in a row abort the rollout. To let it pass, begin the condition with len(result) > 0 &&, or end the query with "or vector(0)".',
    ]);
    expect(hintOf({ successCondition: 'result[0] > 5', failureCondition: 'result[0] < 2' })).toEqual([
      '5 Errors in a row abort the rollout. To let it pass, begin successCondition with len(result) == 0 || and failureCondition with len(result) > 0 &&.',
    ]);
  });

  it('asks nothing about an empty answer where there is always one', () => {
    expect(codesOf('isNaN(result[0]) || result[0] >= 0.9', `${CANARY_SUCCESS} or vector(0)`)).toEqual([]);
    expect(codesOf('isNaN(result) || result >= 0.9', `scalar(${CANARY_SUCCESS} or vector(0))`)).toEqual([]);
  });

  it('takes "fails when there is anything" for what it is', () => {
    const alarm = { successCondition: undefined, failureCondition: 'len(result) > 0' };
    expect(codesOf('', `(${CANARY_SUCCESS} or vector(0)) < 0.99`, alarm)).toEqual([]);
    expect(codesOf('', `${CANARY_SUCCESS} < 0.99`, alarm)).toEqual(['warning ANALYSIS_ONLY_ERRORS_PASS']);
    expect(codesOf('', CANARY_SUCCESS, { ...alarm, failureCondition: 'len(result) > 0 && result[0] < 0.99' })).toEqual([
      'info ANALYSIS_EMPTY_PASSES',
      'warning ANALYSIS_NAN_PASSES',
      'warning ANALYSIS_ONLY_ERRORS_PASS',
    ]);
  });

  it('finds NaN by executing the query', () => {
    const guarded = 'len(result) == 0 || result[0] >= 0.9';
    expect(codesOf(guarded)).toContain('warning ANALYSIS_NAN_FAILS');
    const clamped = CANARY_SUCCESS.replace(/\/ (.*)$/, '/ clamp_min($1, 0.001)');
    expect(codesOf(guarded, clamped)).not.toContain('warning ANALYSIS_NAN_FAILS');
    const ofStable = CANARY_SUCCESS.replaceAll('canary', 'stable');
    const relative = `${clamped} / (${ofStable})`;
    const told = analysisFindingsOf(
      { metrics: [metricOf(relative, { successCondition: guarded, failureCondition: undefined })] },
      'ANALYSIS_NAN_FAILS',
    );
    expect(told[0]?.sentence).toContain('without requests to the stable version');
  });

  it('may mean to fail when there is nothing', () => {
    const both = 'len(result) == 0 || isNaN(result[0]) || result[0] < 0.9';
    expect(codesOf('len(result) > 0 && result[0] >= 0.9', CANARY_SUCCESS, { failureCondition: both })).toEqual([]);
  });

  it('finds answers that are good and bad at once', () => {
    const failing = (bound: string) => ({ failureCondition: `len(result) == 1 && result[0] > ${bound}` });
    const allowed = 'len(result) == 1 && result[0] <= 0.05';
    expect(codesOf(allowed, CANARY_SUCCESS, failing('0.005'))).toEqual(['warning ANALYSIS_CONDITIONS_OVERLAP']);
    expect(codesOf(allowed, CANARY_SUCCESS, failing('0.05'))).toEqual([]);
    expect(codesOf(allowed, CANARY_SUCCESS, failing('0.1'))).toEqual([]);
  });

  it('says how many errors end it', () => {
    const metric = metricOf(CANARY_SUCCESS, {
      successCondition: 'default(result, 0) < 1',
      failureCondition: undefined,
      consecutiveErrorLimit: 1,
    });
    expect(analysisFindingsOf({ metrics: [metric] })[0]?.hint).toContain('2 Errors in a row abort the rollout');
  });
});
