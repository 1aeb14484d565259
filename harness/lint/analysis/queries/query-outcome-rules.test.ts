import { describe, expect, it } from 'vitest';
import { analysisFindingsOf, CANARY_REQUESTS, CANARY_SUCCESS, metricOf } from '../analysis-fixture.ts';

function codesOf(query: string, rest: Record<string, unknown> = {}, args?: readonly unknown[]): string[] {
  const found = analysisFindingsOf({ metrics: [metricOf(query, rest)], ...(args ? { args } : {}) });
  return found.map(({ severity, code }) => `${severity} ${code}`);
}

const successAbove = (bound: string) => ({
  successCondition: `len(result) == 1 && !isNaN(result[0]) && result[0] >= ${bound}`,
  failureCondition: `len(result) == 1 && !isNaN(result[0]) && result[0] < ${bound}`,
});
const below = (bound: string) => ({
  successCondition: `len(result) == 1 && !isNaN(result[0]) && result[0] < ${bound}`,
  failureCondition: `len(result) == 1 && !isNaN(result[0]) && result[0] >= ${bound}`,
});
const quantile = (name: string, by = 'by (le)') =>
  `histogram_quantile(0.95, sum(rate(${name}{destination_service="shop-canary.shop.svc.cluster.local"}[1m])) ${by})`;

describe('a quantile', () => {
  it('of buckets without le is told', () => {
    const milliseconds = 'istio_request_duration_milliseconds_bucket';
    for (const by of ['', 'by (destination_app)', 'without (le)'])
      expect(codesOf(quantile(milliseconds, by), below('500'))).toContain('error ANALYSIS_QUANTILE_WITHOUT_LE');
    expect(codesOf(quantile(milliseconds, 'by (le)'), below('500'))).toEqual([]);
    expect(codesOf(quantile(milliseconds, 'without (pod)'), below('500'))).not.toContain(
      'error ANALYSIS_QUANTILE_WITHOUT_LE',
    );
  });

  it('of a native histogram is not judged', () => {
    expect(codesOf(quantile('http_request_seconds', ''), below('0.5'))).toEqual(['info ANALYSIS_QUERY_UNCHECKED']);
  });

  it.each([
    ['http_request_duration_seconds_bucket', '500', true],
    ['http_request_duration_seconds_bucket', '0.5', false],
    ['http_request_duration_seconds_bucket', '2', false],
    ['istio_request_duration_milliseconds_bucket', '0.5', true],
    ['istio_request_duration_milliseconds_bucket', '500', false],
    ['batch_job_duration_seconds_bucket', '300', false],
  ])('%s against %s: in another unit is %s', (name, bound, expected) => {
    expect(codesOf(quantile(name), below(bound)).includes('error ANALYSIS_UNIT_MISMATCH')).toBe(expected);
  });

  it('may be converted', () => {
    const query = `1000 * ${quantile('http_request_duration_seconds_bucket')}`;
    expect(codesOf(query, below('500'))).toEqual([]);
    expect(codesOf(query, below('0.5'))).toEqual(['error ANALYSIS_UNIT_MISMATCH']);
  });
});

describe('a share', () => {
  it('divided by itself is always 1', () => {
    const all = `sum(rate(${CANARY_REQUESTS}}[1m]))`;
    expect(codesOf(`${all} / ${all}`)).toEqual(['error ANALYSIS_QUERY_DIVIDED_BY_ITSELF']);
    expect(codesOf(`(${all}) / (${all})`)).toEqual(['error ANALYSIS_QUERY_DIVIDED_BY_ITSELF']);
    expect(codesOf(`${all} / ${all.replace('1m', '2m')}`)).not.toContain('error ANALYSIS_QUERY_DIVIDED_BY_ITSELF');
  });

  it.each([
    ['0.99', []],
    ['99', ['error ANALYSIS_BOUND_UNREACHABLE']],
  ])('compared with %s', (bound, expected) => {
    expect(codesOf(CANARY_SUCCESS, successAbove(bound))).toEqual(expected);
  });

  it('in percent may be compared with 99', () => {
    expect(codesOf(`100 * ${CANARY_SUCCESS}`, successAbove('99'))).toEqual([]);
  });

  it('of errors has a bound that can be reached', () => {
    const errors = `sum(rate(${CANARY_REQUESTS},response_code=~"5.."}[1m])) / sum(rate(${CANARY_REQUESTS}}[1m]))`;
    expect(codesOf(errors, below('0.01'))).toEqual([]);
    expect(codesOf(errors, below('5'))).toEqual(['error ANALYSIS_BOUND_UNREACHABLE']);
  });

  it('is no rate', () => {
    const rate = `sum(rate(${CANARY_REQUESTS},response_code!~"5.."}[1m]))`;
    expect(codesOf(rate, successAbove('0.95'))).toEqual(['error ANALYSIS_RATE_AS_SHARE']);
    expect(codesOf(rate, { ...successAbove('10'), name: 'traffic' })).toEqual([]);
    const cpu = 'sum(rate(container_cpu_seconds_total{pod=~"shop-.*"}[1m]))';
    expect(codesOf(cpu, { ...successAbove('0.5'), name: 'cpu' })).toEqual([]);
  });
});

describe('a canary that answers nothing but errors', () => {
  const good = `sum(rate(${CANARY_REQUESTS},response_code!~"5.."}[1m]))`;
  const all = `sum(rate(${CANARY_REQUESTS}}[1m]))`;
  const guarded = { successCondition: 'len(result) == 0 || result[0] >= 0.95', failureCondition: undefined };
  const plain = { successCondition: 'result[0] >= 0.95', failureCondition: undefined };
  const passes = 'warning ANALYSIS_ONLY_ERRORS_PASS';

  it('passes where an empty quotient does', () => {
    expect(codesOf(`${good} / ${all}`, guarded)).toContain(passes);
    expect(codesOf(`(${good} / ${all}) or on() vector(1)`, plain)).toContain(passes);
  });

  it('is seen where what is not there counts as none', () => {
    expect(codesOf(`(${good} or on() vector(0)) / ${all}`, guarded)).not.toContain(passes);
    expect(codesOf(`(${good} / ${all}) or on() vector(0)`, plain)).not.toContain(passes);
    // an Error, and so an abort after some
    expect(codesOf(`${good} / ${all}`, plain)).not.toContain(passes);
  });

  it('is seen by its share of errors', () => {
    const errors = `sum(rate(${CANARY_REQUESTS},response_code=~"5.."}[1m])) / ${all}`;
    const below5 = { successCondition: 'len(result) == 0 || result[0] < 0.05', failureCondition: undefined };
    expect(codesOf(errors, below5)).not.toContain(passes);
  });
});

describe('a query that cannot answer', () => {
  it('because the two sides never match, is told', () => {
    const bad = `sum by (pod) (rate(${CANARY_REQUESTS}}[1m]))`;
    const all = `sum by (response_code) (rate(${CANARY_REQUESTS}}[1m]))`;
    expect(codesOf(`${bad} / ${all}`)).toContain('error ANALYSIS_QUERY_ALWAYS_EMPTY');
    expect(codesOf(`${bad} / on() group_left ${all.replace(' by (response_code)', '')}`)).not.toContain(
      'error ANALYSIS_QUERY_ALWAYS_EMPTY',
    );
  });

  it('because it is no number, is told', () => {
    expect(codesOf(`ln(-sum(rate(${CANARY_REQUESTS}}[1m])))`)).toContain('error ANALYSIS_QUERY_ALWAYS_NAN');
    expect(codesOf(`ln(sum(rate(${CANARY_REQUESTS}}[1m])))`)).not.toContain('error ANALYSIS_QUERY_ALWAYS_NAN');
  });

  it('is one that filters: being empty is what it is for', () => {
    const alarm = { successCondition: undefined, failureCondition: 'len(result) > 0' };
    expect(codesOf(`${CANARY_SUCCESS} < 0`, alarm)).toEqual([]);
    expect(codesOf(`absent(${CANARY_REQUESTS}})`, alarm)).toEqual([]);
  });

  it('is not told of arguments that only the cluster knows', () => {
    const query = CANARY_SUCCESS.replaceAll('shop-canary', '{{args.service}}');
    const secret = { name: 'service', valueFrom: { secretKeyRef: { name: 'x', key: 'y' } } };
    expect(codesOf(query, {}, [secret])).toEqual([]);
  });
});
