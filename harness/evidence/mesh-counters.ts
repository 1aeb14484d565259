/** Requests per version as Prometheus holds them under Istio's metric names: the second witness of a split. */
import { pause } from '../process/pause.ts';
import { queryPrometheus, queryPrometheusRange } from './prometheus-client.ts';

export interface MeshCounterQuery {
  readonly reporter: 'source' | 'destination';
  readonly service: string;
  readonly namespace: string;
}

export type VersionCounts = ReadonlyMap<string, number>;

function counters({ reporter, service, namespace }: MeshCounterQuery): string {
  return `istio_requests_total{reporter="${reporter}",destination_service_name="${service}",destination_service_namespace="${namespace}"}`;
}

/** PromQL for the counters of one service; raw values, because a rate would lose the first sample of each series. */
function versionCountsQuery(query: MeshCounterQuery): string {
  return `sum by (destination_version) (${counters(query)})`;
}

export async function readVersionCounts(
  baseUrl: string,
  query: MeshCounterQuery,
  signal: AbortSignal,
): Promise<VersionCounts> {
  const samples = await queryPrometheus(baseUrl, versionCountsQuery(query), signal);
  return new Map(samples.map(({ labels, value }) => [labels.destination_version ?? 'unknown', value]));
}

/**
 * The counters as a baseline: read when every series has been scraped since the call, so that requests of before are
 * in it and are not taken for requests of after. @returns what is there when the limit runs out, too
 */
export async function readBaseline(
  baseUrl: string,
  query: MeshCounterQuery,
  limitMs: number,
  signal: AbortSignal,
): Promise<VersionCounts> {
  const askedAt = Date.now();
  const deadline = performance.now() + limitMs;
  while (!(await scrapedSince(baseUrl, query, askedAt, signal)) && performance.now() <= deadline)
    await pause(POLL_MS, signal);
  return readVersionCounts(baseUrl, query, signal);
}

/** Whether every series there is has a sample of `sinceMs` (Unix) or later; true without a series. */
async function scrapedSince(
  baseUrl: string,
  query: MeshCounterQuery,
  sinceMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const [oldest] = await queryPrometheus(baseUrl, `min(timestamp(${counters(query)}))`, signal);
  return oldest === undefined || oldest.value * 1000 >= sinceMs;
}

export function difference(after: VersionCounts, before: VersionCounts): VersionCounts {
  return new Map([...after].map(([version, count]) => [version, count - (before.get(version) ?? 0)]));
}

export function total(counts: VersionCounts): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

const POLL_MS = 500;
/** Unchanged for this long means that every target has been scraped since (three scrapes of 2 s). */
const QUIET_MS = 6_500;

/**
 * Waits until every series has been scraped since the call and the counters have grown by `expected` since `before`,
 * or no longer grow; returns the growth. The sum alone would not do: a request that the client gave up makes up for one
 * of another version that was not scraped yet.
 * @returns whatever was counted when the limit ran out, too: the caller compares and says so
 */
export async function settledGrowth(
  baseUrl: string,
  query: MeshCounterQuery,
  before: VersionCounts,
  expected: number,
  limitMs: number,
  signal: AbortSignal,
): Promise<VersionCounts> {
  const askedAt = Date.now();
  const deadline = performance.now() + limitMs;
  let scraped = false;
  let growth: VersionCounts = new Map();
  let changedAt = performance.now();
  for (;;) {
    scraped ||= await scrapedSince(baseUrl, query, askedAt, signal);
    const next = difference(await readVersionCounts(baseUrl, query, signal), before);
    if (total(next) !== total(growth)) changedAt = performance.now();
    growth = next;
    const now = performance.now();
    const whole = scraped && total(growth) >= expected;
    if (whole || now - changedAt > QUIET_MS || now > deadline) return growth;
    await pause(POLL_MS, signal);
  }
}

/** Requests per version in consecutive intervals of `stepMs`. */
export interface CountedInterval {
  readonly startMs: number;
  readonly endMs: number;
  readonly byVersion: VersionCounts;
}

/**
 * How the counters grew over time; intervals without a request are left out. A counter that starts anew counts from 0.
 */
export async function readVersionGrowth(
  baseUrl: string,
  query: MeshCounterQuery,
  range: { readonly startMs: number; readonly endMs: number; readonly stepMs: number },
  signal: AbortSignal,
): Promise<CountedInterval[]> {
  const series = await queryPrometheusRange(baseUrl, versionCountsQuery(query), range, signal);
  const values = new Map<number, Map<string, number>>();
  for (const { labels, points } of series)
    for (const { atMs, value } of points) {
      const row = values.get(atMs) ?? new Map<string, number>();
      row.set(labels.destination_version ?? 'unknown', value);
      values.set(atMs, row);
    }
  const rows = [...values].sort(([a], [b]) => a - b);
  return rows.slice(1).flatMap(([endMs, after], index) => {
    const [startMs, before] = rows[index]!;
    const growth = [...after].map(([version, value]) => {
      const grown = value - (before.get(version) ?? 0);
      return [version, grown < 0 ? value : grown] as const;
    });
    return growth.some(([, count]) => count > 0) ? [{ startMs, endMs, byVersion: new Map(growth) }] : [];
  });
}
