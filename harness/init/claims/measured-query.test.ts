import { describe, expect, test } from 'vitest';
import { measuredShare, whyUnmeasured } from './measured-query.ts';

const count = (code = '') => `sum(rate(istio_requests_total{destination_service_name="shop"${code}}[1m]))`;
const all = count();
const good = count(',response_code!~"5.*"');
const bad = count(',response_code=~"5.*"');
const bucket = (le: string) => `sum(rate(istio_request_duration_milliseconds_bucket{le${le}}[1m]))`;
const slow = 'sum(rate(istio_request_duration_milliseconds_count[1m]))';
const quantile = (unit: string) =>
  `histogram_quantile(0.95, sum by (le) (rate(istio_request_duration_${unit}_bucket[1m])))`;

describe('a bound is', () => {
  test.each([
    ['of a success rate', `${good} / ${all}`, 0.95, true, { kind: 'error-share', share: 0.05 }],
    ['of an error rate', `${bad} / ${all}`, 0.02, false, { kind: 'error-share', share: 0.02 }],
    ['of a rate in percent', `100 * ${good} / ${all}`, 95, true, { kind: 'error-share', share: 0.05 }],
    ['of a quantile', quantile('milliseconds'), 500, false, { kind: 'slow-share', share: 0.05, limitMs: 500 }],
    ['of a quantile in seconds', quantile('seconds'), 0.5, false, { kind: 'slow-share', share: 0.05, limitMs: 500 }],
    ['of fast requests', `${bucket('="250"')} / ${slow}`, 0.9, true, { kind: 'slow-share', share: 0.1, limitMs: 250 }],
    [
      'of slow requests',
      `1 - ${bucket('=~"250([.]0)?"')} / ${slow}`,
      0.1,
      false,
      { kind: 'slow-share', share: 0.1, limitMs: 250 },
    ],
  ])('%s', (_what, query, bound, isGoodAbove, expected) => {
    expect(measuredShare(query, bound, isGoodAbove)).toEqual(expected);
  });
});

describe('a bound is of no share of failures', () => {
  test.each([
    ['of a rate', good, 0.95, true, /no ratio/],
    ['of a share of traffic', `${count(',destination_version="v2"')} / ${all}`, 0.05, true, /does not tell answers/],
    ['of errors of clients', `${count(',response_code=~"4.*"')} / ${all}`, 0.05, false, /does not tell answers/],
    ['of two buckets', `${bucket('="250"')} / ${bucket('="500"')}`, 0.9, true, /cannot be read/],
    ['of a mean', `${slow.replace('_count', '_sum')} / ${slow}`, 1000, false, /is a mean/],
    ['out of range', `${good} / ${all}`, 95, true, /no share between 0 and 1/],
  ])('%s', (_what, query, bound, isGoodAbove, why) => {
    expect(measuredShare(query, bound, isGoodAbove)).toEqual({ why: expect.stringMatching(why) });
  });
});

test('the mesh of a run counts requests and their duration, and no bytes, messages or connections', () => {
  expect(whyUnmeasured(`${good} / ${all}`)).toBeUndefined();
  for (const name of [
    'istio_response_bytes_bucket',
    'istio_request_bytes_sum',
    'istio_tcp_sent_bytes_total',
    'istio_tcp_connections_opened_total',
    'istio_request_messages_total',
  ])
    expect(whyUnmeasured(`sum(rate(${name}[1m]))`)).toContain(`reads ${name}`);
  expect(whyUnmeasured('sum(rate(http_requests_total[1m]))')).toContain("an application's own metrics");
});
