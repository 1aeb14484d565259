/** Every static rule over AnalysisTemplates. */

import type { Finding, ManifestSet } from '../manifest-set.ts';
import { conditionFindings } from './analysis-condition-rules.ts';
import { metricFindings, queryFindings, readQuery } from './analysis-query-rules.ts';
import { templateMetrics } from './analysis-templates.ts';
import { failureLimitFindings } from './failure-limit-rule.ts';
import { bucketBoundsMs, latencyFindings } from './latency-bounds.ts';
import { seriesCountFindings } from './series-count-rule.ts';

/** @param scrapeIntervalMs of the Prometheus that is asked; windows are not judged without it */
export function analysisFindings(set: ManifestSet, scrapeIntervalMs: number | undefined): readonly Finding[] {
  const boundsMs = bucketBoundsMs(set);
  return templateMetrics(set).flatMap((metric) => {
    const findings = [...metricFindings(metric)];
    const query = readQuery(metric);
    if (!query) return findings;
    if (!('expr' in query)) return [...findings, query, ...conditionFindings(metric, undefined)];
    return [
      ...findings,
      ...queryFindings(query, scrapeIntervalMs),
      ...conditionFindings(metric, query.expr),
      ...seriesCountFindings(query),
      ...latencyFindings(query, boundsMs),
      ...failureLimitFindings(query),
    ];
  });
}
