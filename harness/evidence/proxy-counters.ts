/** How many requests an Envoy sent to each subset of a service, by its own per-cluster counters. */

/** Subset -> requests since the proxy started. */
export type SubsetCounts = Readonly<Record<string, number>>;

export interface ProxyCounters {
  /** Completed requests: of one that was tried several times, the last answer. */
  readonly counts: SubsetCounts;
  /** Answers that no client got, because the proxy tried again. */
  readonly retried: SubsetCounts;
}

/** The part of Envoy's `/stats` that holds these counters. */
export const COUNTER_FILTER = '^cluster\\.outbound\\|.*upstream_rq_\\d\\d\\d$';

/**
 * `cluster.outbound|9080|reviews-v1|reviews.shop.svc.cluster.local;.upstream_rq_200: 17`; with `.retry` before
 * `.upstream_rq_503` for an answer after which the router tried again (Envoy's router charges those there alone).
 */
const LINE = /^cluster\.outbound\|\d+\|([^|]*)\|([^;:]+?);?(\.retry)?\.upstream_rq_\d{3}: (\d+)$/;

/**
 * @param stats text of Envoy's `/stats`
 * @param host fully qualified service name
 */
export function proxyCountersOf(stats: string, host: string): ProxyCounters {
  const counts: Record<string, number> = {};
  const retried: Record<string, number> = {};
  for (const line of stats.split('\n')) {
    const [, subset = '', name, again, count] = LINE.exec(line) ?? [];
    if (name !== host) continue;
    const book = again === undefined ? counts : retried;
    const key = subset || '(whole host)';
    book[key] = (book[key] ?? 0) + Number(count);
  }
  return { counts, retried };
}
