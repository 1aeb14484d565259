/**
 * Asks Prometheus the query of an analysis once, before any load, so that a query which can never give one number is
 * named and not measured with. That it finds nothing yet is fine, because nothing has run; what finds nothing while
 * traffic flows is a finding of the trial (trial-findings.ts).
 */
import { type HarnessError, usageError } from '../errors/harness-error.ts';
import { probeQuery, type QueryAnswer } from '../evidence/query-probe.ts';
import { looksAtAll, wantsOne } from '../lint/condition-shape.ts';
import { type AskedMetric, windowMs } from './analysis-query.ts';

/**
 * @throws HarnessError (exit 2) ANALYSIS_QUERY_REFUSED, ANALYSIS_QUERY_SCALAR, ANALYSIS_QUERY_SEVERAL_SERIES;
 *   (exit 3) PROMETHEUS_UNREACHABLE
 */
export async function refuseBadQuery(url: string, metric: AskedMetric, signal: AbortSignal): Promise<void> {
  const problem = queryProblem(metric, await probeQuery(url, metric.query, signal));
  if (problem) throw problem;
}

function queryProblem(metric: AskedMetric, answer: QueryAnswer): HarnessError | undefined {
  const where = whereOf(metric);
  const conditions = `${metric.successCondition ?? ''} ${metric.failureCondition ?? ''}`;
  switch (answer.kind) {
    case 'refused':
      return usageError('ANALYSIS_QUERY_REFUSED', `Prometheus refuses the query: ${answer.message}`, {
        where,
        hint: 'Every measurement would be an Error, and five of them abort the rollout of a healthy version.',
      });
    case 'other':
      return usageError('ANALYSIS_QUERY_REFUSED', `the query gives a ${answer.type}, which no condition can judge`, {
        where,
        hint: 'Ask for an instant vector, such as sum(rate(...[30s])), or for a scalar.',
      });
    case 'scalar':
      if (!/result\[|len\(\s*result\s*\)/.test(conditions) && !looksAtAll(conditions)) return undefined;
      return usageError('ANALYSIS_QUERY_SCALAR', 'the query gives a scalar, but the condition asks for result[0]', {
        where,
        hint: 'A scalar is result itself; write result >= 0.99, or make the query a vector.',
      });
    case 'vector': {
      if (answer.series < 2 || looksAtAll(conditions)) return undefined;
      const consequence = wantsOne(conditions)
        ? 'the condition wants exactly one, so no measurement could ever be Successful'
        : 'the condition looks at the first one only';
      return usageError(
        'ANALYSIS_QUERY_SEVERAL_SERIES',
        `the query gives ${answer.series} series, and ${consequence}`,
        {
          where,
          hint: 'Aggregate with sum(), or judge all of them with all(result, # < 0.01).',
        },
      );
    }
  }
}

/**
 * A rate needs two samples in its window. Known here from the targets themselves; manifests do not tell the interval.
 * @param scrapeIntervalMs of the fastest target
 * @throws HarnessError (exit 2) ANALYSIS_WINDOW_TOO_SHORT
 */
export function refuseShortWindow(metric: AskedMetric, scrapeIntervalMs: number): void {
  const window = windowMs(metric.query);
  if (window === undefined || window >= 2 * scrapeIntervalMs) return;
  throw usageError(
    'ANALYSIS_WINDOW_TOO_SHORT',
    `a window of ${window / 1000} s holds no two samples when Prometheus scrapes every ${scrapeIntervalMs / 1000} s`,
    {
      where: whereOf(metric),
      hint: `The answer is empty most of the time. Use at least ${(4 * scrapeIntervalMs) / 1000} s, which also survives a missed scrape.`,
    },
  );
}

const whereOf = ({ template, name }: AskedMetric): string => `AnalysisTemplate ${template}, metric ${name}`;
