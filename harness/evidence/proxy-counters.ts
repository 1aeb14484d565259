/** How many requests an Envoy sent to each subset of a service, by its own per-cluster counters. */

/** Subset -> completed requests since the proxy started. */
export type SubsetCounts = Readonly<Record<string, number>>;

/** The part of Envoy's `/stats` that holds these counters. */
export const COUNTER_FILTER = '^cluster\\.outbound\\|.*upstream_rq_\\d\\d\\d$';

/** `cluster.outbound|9080|reviews-v1|reviews.shop.svc.cluster.local;.upstream_rq_200: 17` */
const LINE = /^cluster\.outbound\|\d+\|([^|]*)\|([^;:]+?);?\.upstream_rq_\d{3}: (\d+)$/;

/**
 * @param stats text of Envoy's `/stats`
 * @param host fully qualified service name
 */
export function subsetCountsOf(stats: string, host: string): SubsetCounts {
  const counts: Record<string, number> = {};
  for (const line of stats.split('\n')) {
    const [, subset = '', name, count] = LINE.exec(line) ?? [];
    if (name !== host) continue;
    const key = subset || '(whole host)';
    counts[key] = (counts[key] ?? 0) + Number(count);
  }
  return counts;
}
