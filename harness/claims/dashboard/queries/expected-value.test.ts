import { describe, expect, test } from 'vitest';
import { parsePromql } from '../../../oracle/promql/parse-promql.ts';
import { clientTraffic } from './client-traffic.ts';
import { expectedOf } from './expected-value.ts';

/** 50 a second for a minute, each answered in 20 ms, one in ten with 500. */
const clients = clientTraffic(
  Array.from({ length: 3_000 }, (_, n) => ({
    ...{ startMs: n * 20, endMs: n * 20 + 20, isNamed: true },
    status: n % 10 === 0 ? 500 : 200,
  })),
);
const service = { names: ['cart'], namespace: 'shop', perRequest: 1, isAsked: true };
const ground = { clients, service, atMs: 55_000, scrapeMs: 2_000 };
const REQUESTS = 'istio_requests_total{reporter="source",destination_service_name="cart"}';
const FAILED = 'istio_requests_total{reporter="source",destination_service_name="cart",response_code=~"5.."}';
const of = (query: string, change: object = {}) => expectedOf(parsePromql(query), { ...ground, ...change });

test.each([
  [`sum(rate(${REQUESTS}[30s]))`, 50],
  [`rate(${REQUESTS}[30s])`, 50],
  [`sum by (destination_version) (rate(${REQUESTS}[30s]))`, 50],
  [`sum(increase(${REQUESTS}[30s]))`, 1_500],
  [`sum(rate(${REQUESTS}[30s])) * 60`, 3_000],
  [`sum(rate(${FAILED}[30s])) or vector(0)`, 5],
  [`sum(rate(${FAILED}[30s])) / sum(rate(${REQUESTS}[30s]))`, 0.1],
  [`100 * (1 - sum(rate(${FAILED}[30s])) / sum(rate(${REQUESTS}[30s])))`, 90],
  [`sum(rate(${REQUESTS}[30s] offset 5s)) > 0`, 50],
  [`round(sum(rate(${REQUESTS}[30s])), 0.01)`, 50],
  [`label_replace(sum(rate(${REQUESTS}[30s])), "a", "b", "", "")`, 50],
])('%s is about %d', (query, value) => {
  const found = of(query)!;
  expect(found.low).toBeLessThanOrEqual(value);
  expect(found.low).toBeGreaterThan(0.6 * value);
  expect(found.high).toBeGreaterThanOrEqual(value);
  expect(found.high).toBeLessThan(1.7 * value);
});

describe('bounds from above only', () => {
  test.each([
    ['of a part of the requests', `sum(rate(istio_requests_total{destination_version="v2"}[30s]))`, 50, 60],
    // Little: 50 a second, 20 ms each
    ['of requests under way', 'sum(rate(istio_request_duration_milliseconds_sum[30s])) / 1000', 1, 1.6],
    [
      'of a quantile: the bucket of the slowest answer',
      'histogram_quantile(0.9, sum by (le) (rate(istio_request_duration_milliseconds_bucket[30s])))',
      25,
      25,
    ],
    [
      'of a mean',
      'sum(rate(istio_request_duration_milliseconds_sum[30s])) / sum(rate(istio_request_duration_milliseconds_count[30s]))',
      20,
      60,
    ],
  ])('%s', (_, query, least, most) => {
    const found = of(query)!;
    expect(found.low).toBe(0);
    expect(found.high).toBeGreaterThanOrEqual(least);
    expect(found.high).toBeLessThanOrEqual(most);
  });
});

test('a Service that is called twice for each request', () => {
  const twice = { service: { ...service, perRequest: 2, isAsked: false } };
  const found = of(`sum(rate(${REQUESTS}[30s]))`, twice)!;
  expect(found.low).toBeGreaterThan(70);
  expect(found.high).toBeGreaterThan(100);
  // clients do not see its status
  expect(of(`sum(rate(${FAILED}[30s]))`, twice)).toBeUndefined();
});

test.each([
  ['several that are rounded, each by itself', `round(sum by (v) (rate(${REQUESTS}[30s])))`],
  ['the largest of several', `max(rate(${REQUESTS}[30s]))`],
  ['a share of each of several', `sum by (v) (rate(${FAILED}[30s])) / sum by (v) (rate(${REQUESTS}[30s]))`],
  ['the last two samples', `sum(irate(${REQUESTS}[30s]))`],
  ['a counter as it is', `sum(${REQUESTS})`],
  ['another metric', 'sum(rate(http_requests_total[30s]))'],
  ['a fixed instant', `sum(rate(${REQUESTS}[30s] @ 10))`],
  ['one of a comparison', `sum(rate(${REQUESTS}[30s])) > bool 1`],
])('clients do not know %s', (_, query) => {
  expect(of(query)).toBeUndefined();
});

test('how far it looks back', () => {
  expect(of(`sum(rate(${FAILED}[10s] offset 20s)) / sum(rate(${REQUESTS}[20s]))`)?.reachMs).toBe(30_000);
});
