/** Istio's metrics as Prometheus scrapes them, and its HTTP API over them: raw samples, instant and range queries. */
import { evaluatePromql } from '../../oracle/promql/evaluate-promql.ts';
import { parsedOnce } from '../../oracle/promql/parsed-once.ts';
import type { SelectorExpr } from '../../oracle/promql/promql-tree.ts';
import { type Labels, labelKey, matches, type Point, pointsWithin, type Series } from '../../oracle/promql/series.ts';

export interface FakeMetrics {
  readonly url: string;
  /** Counts one answer of a pod, as its own proxy and the caller's do. */
  counter(answer: Answered): () => void;
  /** The result of an instant query, without labels. */
  evaluate(query: string, atMs: number): readonly number[];
  act(nowMs: number): void;
  /** In place of the global `fetch`. */
  readonly fetch: typeof fetch;
}

export interface Answered {
  readonly namespace: string;
  readonly app: string;
  readonly version: string;
  /** Host of the Service through which the pod was reached. */
  readonly service: string;
  readonly status: number;
  readonly latencyMs: number;
}

const SCRAPE_MS = 2_000;
const BOUNDS_MS = [5, 100, 500, 1_000, Number.POSITIVE_INFINITY];

export function createFakeMetrics(): FakeMetrics {
  const counters = new Map<string, { readonly labels: Labels; value: number; readonly points: Point[] }>();
  const series = (): Series[] => [...counters.values()];
  const ofAnswers = new Map<string, readonly { value: number }[]>();
  let scrapedMs = 0;
  const counterOf = (labels: Labels) => {
    const counter = counters.get(labelKey(labels)) ?? { labels, value: 0, points: [] };
    counters.set(labelKey(labels), counter);
    return counter;
  };
  const answer = (url: URL): unknown => {
    const text = url.searchParams.get('query') ?? '';
    const timeMs = Number(url.searchParams.get('time') ?? scrapedMs / 1000) * 1000;
    if (url.pathname.endsWith('/targets')) return targets(scrapedMs);
    if (url.pathname.endsWith('/query_range')) return range(text, url.searchParams, series());
    const raw = /^(.+)\[(\d+)ms\]$/.exec(text.trim());
    if (!raw) return { status: 'success', data: { resultType: 'vector', result: [] } };
    const { name, matchers } = parsedOnce(raw[1] ?? '') as SelectorExpr;
    const found = series().filter(({ labels }) => labels.__name__ === name && matches(labels, matchers));
    const result = found.map(({ labels, points }) => ({
      metric: labels,
      values: pointsWithin(points, timeMs - Number(raw[2]), timeMs).map(([ms, value]) => [ms / 1000, String(value)]),
    }));
    return { status: 'success', data: { resultType: 'matrix', result } };
  };
  return {
    url: 'http://prometheus.test',
    counter(answered) {
      const key = JSON.stringify(answered);
      return () => {
        // a series is there from its first answer on
        const counted = ofAnswers.get(key) ?? labelsOf(answered).map(counterOf);
        ofAnswers.set(key, counted);
        for (const counter of counted) counter.value += 1;
      };
    },
    evaluate(query, atMs) {
      const value = evaluatePromql(parsedOnce(query), series(), atMs);
      return value.type === 'vector' ? value.samples.map((sample) => sample.value) : [];
    },
    act(nowMs) {
      if (nowMs < scrapedMs + SCRAPE_MS) return;
      scrapedMs = nowMs;
      for (const { points, value } of counters.values()) points.push([nowMs, value]);
    },
    fetch: async (input, init) => {
      init?.signal?.throwIfAborted();
      return Response.json(answer(new URL(String(input))));
    },
  };
}

function labelsOf({ namespace, app, version, service, status, latencyMs }: Answered): Labels[] {
  const destination = { destination_service_namespace: namespace, destination_app: app, destination_service: service };
  return ['source', 'destination'].flatMap((reporter) => {
    const labels = { ...destination, reporter, destination_version: version };
    const buckets = BOUNDS_MS.filter((bound) => latencyMs <= bound).map((bound) => ({
      ...{ __name__: 'istio_request_duration_milliseconds_bucket', ...labels },
      le: Number.isFinite(bound) ? String(bound) : '+Inf',
    }));
    return [{ __name__: 'istio_requests_total', ...labels, response_code: String(status) }, ...buckets];
  });
}

function targets(scrapedMs: number) {
  const target = { labels: {}, scrapeInterval: '2s', lastScrape: new Date(scrapedMs).toISOString() };
  return { status: 'success', data: { activeTargets: [target] } };
}

function range(query: string, parameters: URLSearchParams, series: readonly Series[]) {
  const [start = 0, end = 0, step = 1] = ['start', 'end', 'step'].map((name) => Number(parameters.get(name)));
  const values: [number, string][] = [];
  for (let at = start; at <= end; at += step) {
    const value = evaluatePromql(parsedOnce(query), series, at * 1000);
    if (value.type === 'vector') for (const sample of value.samples) values.push([at, String(sample.value)]);
  }
  return { status: 'success', data: { resultType: 'matrix', result: [{ metric: {}, values }] } };
}
