/** A Prometheus of two proxies of `reviews`, scraped every two seconds, that answers by the oracle's own evaluation. */
import { evaluatePromql } from '../../oracle/promql/evaluate-promql.ts';
import type { PromValue } from '../../oracle/promql/instant-vector.ts';
import { parsedOnce } from '../../oracle/promql/parsed-once.ts';
import { matches, type Series } from '../../oracle/promql/series.ts';
import type { RequestSample } from '../../ports/request-sample.ts';

const SCRAPE_MS = 2_000;
export const DURATION = 'istio_request_duration_milliseconds';

/** What the proxies of `reviews` count of them, as both reporters and for an idle Service of another namespace. */
export function seriesOf(samples: readonly RequestSample[]): Series[] {
  const first = samples[0]?.startMs ?? 0;
  const last = samples.at(-1)?.endMs ?? 0;
  const scrapes = Array.from(
    { length: Math.ceil((last - first) / SCRAPE_MS) + 4 },
    (_, n) => first - 3_000 + n * SCRAPE_MS,
  );
  const endedBy = scrapes.map((atMs) => ({ atMs, ended: samples.filter(({ endMs }) => endMs <= atMs) }));
  const counted = (labels: Record<string, string>, value: (ended: readonly RequestSample[]) => number): Series => ({
    labels,
    points: endedBy.map(({ atMs, ended }) => [atMs, value(ended)] as const),
  });
  const own = (reporter: string) => ({
    ...{
      reporter,
      destination_service_namespace: 'bookinfo',
      destination_service_name: 'reviews',
      namespace: 'bookinfo',
    },
  });
  const count = (status: number) => (ended: readonly RequestSample[]) =>
    ended.filter((one) => one.status === status).length;
  const buckets = ['5', '10', '25', '+Inf'];
  return [
    ...['source', 'destination'].flatMap((reporter) =>
      [200, 500].map((status) =>
        counted({ __name__: 'istio_requests_total', ...own(reporter), response_code: String(status) }, count(status)),
      ),
    ),
    ...buckets.map((le) =>
      counted({ __name__: `${DURATION}_bucket`, ...own('destination'), le }, (ended) =>
        le === '5' ? 0 : ended.length,
      ),
    ),
    counted({ __name__: `${DURATION}_sum`, ...own('destination') }, (ended) => ended.length * 7),
    counted({ __name__: `${DURATION}_count`, ...own('destination') }, (ended) => ended.length),
    counted(
      { __name__: 'istio_requests_total', ...own('destination'), destination_service_name: 'ratings' },
      (ended) => ended.length,
    ),
    counted({ __name__: 'up', namespace: 'bookinfo', pod: 'reviews-v1' }, () => 1),
    counted({ __name__: 'process_cpu_seconds_total', namespace: 'elsewhere' }, (ended) => ended.length),
  ];
}

export function answerOf(url: URL, series: readonly Series[]): unknown {
  const endpoint = url.pathname.replace('/api/v1/', '');
  const asked = (name: string) => url.searchParams.get(name) ?? '';
  const success = (data: unknown) => ({ status: 'success', data });
  if (endpoint === 'targets') return success({ activeTargets: [{ scrapeInterval: '2s' }] });
  const matched = () => {
    const selector = parsedOnce(asked('match[]'));
    return series.filter(({ labels }) => selector.kind !== 'selector' || matches(labels, selector.matchers));
  };
  if (endpoint === 'series') return success(matched().map(({ labels }) => labels));
  const label = /^label\/(\w+)\/values$/.exec(endpoint)?.[1];
  if (label !== undefined) return success([...new Set(matched().flatMap(({ labels }) => labels[label] ?? []))].sort());
  try {
    const expr = parsedOnce(asked('query'));
    const at = (seconds: number) => vectorOf(evaluatePromql(expr, series, seconds * 1000));
    if (endpoint === 'query') {
      const result = at(Number(asked('time'))).map(({ labels, value }) => ({
        metric: labels,
        value: [0, String(value)],
      }));
      return success({ resultType: 'vector', result });
    }
    const end = Number(asked('end'));
    const result = at(end).map(({ labels, value }) => ({ metric: labels, values: [[end, String(value)]] }));
    return success({ resultType: 'matrix', result });
  } catch (error) {
    return { status: 'error', errorType: 'bad_data', error: (error as Error).message };
  }
}

function vectorOf(value: PromValue) {
  if (value.type === 'vector') return value.samples;
  if (value.type === 'scalar') return [{ labels: {}, value: value.value }];
  throw new TypeError('only vectors and scalars are played');
}
