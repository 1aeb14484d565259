/** Quantiles of native histograms, which have neither `_bucket` nor `le`: the oracle does not model them, and says so. */
import { childrenOf, type PromExpr } from '../../../oracle/promql/promql-tree.ts';
import type { Finding } from '../../manifest-set.ts';
import { metricFindingAt, queryPath } from '../analysis-templates.ts';
import type { ParsedQuery } from './analysis-query-rules.ts';
import { selectorsIn } from './synthetic-series.ts';

/** A quantile over series that nothing in the text shows to be buckets. */
export function nativeHistogramIn(expr: PromExpr): boolean {
  if (expr.kind === 'call' && expr.name === 'histogram_quantile') {
    const selectors = selectorsIn(expr.args[1]!);
    const isClassic = selectors.some(
      ({ name, matchers }) => (name?.endsWith('_bucket') ?? true) || matchers.some(({ label }) => label === 'le'),
    );
    if (selectors.length > 0 && !isClassic && !namesLe(expr.args[1]!)) return true;
  }
  return childrenOf(expr).some(nativeHistogramIn);
}

function namesLe(expr: PromExpr): boolean {
  return (expr.kind === 'aggregate' && expr.labels.includes('le')) || childrenOf(expr).some(namesLe);
}

/** ANALYSIS_QUERY_UNCHECKED. */
export function nativeHistogramFindings({ metric, expr }: ParsedQuery): readonly Finding[] {
  if (!nativeHistogramIn(expr)) return [];
  return [
    metricFindingAt(metric, queryPath(metric), {
      code: 'ANALYSIS_QUERY_UNCHECKED',
      severity: 'info',
      sentence: `${metric.title}: histogram_quantile of something without buckets (_bucket, le) is that of a native histogram, which the oracle does not evaluate`,
      hint: 'If it is a classic histogram, its series end in _bucket, and the query needs them by le.',
    }),
  ];
}
