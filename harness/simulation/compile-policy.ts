/** Queries and conditions of a policy, compiled against the series of the model. */
import { usageError } from '../errors/harness-error.ts';
import type { AnalysisMetric, AnalysisRunSpec } from '../oracle/analysis-types.ts';
import { measurementJudge } from '../oracle/measurement-phase.ts';
import { type PlacedSelector, selectorsOf } from '../oracle/promql/needed-samples.ts';
import { parsedOnce } from '../oracle/promql/parsed-once.ts';
import type { PromExpr } from '../oracle/promql/promql-tree.ts';
import { matches } from '../oracle/promql/series.ts';
import type { CompiledAnalysis, CompiledMetric } from './analysis-progress.ts';
import { compileQuery } from './compile/compile-query.ts';
import { createSeriesModel, type ModelledSeries, type SeriesModel } from './modelled-series.ts';
import type { Policy } from './policy.ts';

export interface CompiledPolicy {
  readonly model: SeriesModel;
  readonly background: CompiledAnalysis | undefined;
  readonly steps: Readonly<Record<number, CompiledAnalysis>>;
  readonly metrics: readonly CompiledMetric[];
  readonly queries: readonly { readonly metric: AnalysisMetric; readonly expr: PromExpr; readonly windowMs: number }[];
  /** Whether any query reads the stable version, and how far back. */
  readonly readsStable: boolean;
  readonly reachMs: number;
}

/**
 * @throws HarnessError (exit 2) PROMQL_SYNTAX, PROMQL_UNSUPPORTED, SIMULATION_SELECTOR: a query needs series outside the
 *   model
 */
export function compilePolicy(policy: Policy, boundsMs: readonly number[]): CompiledPolicy {
  const specs = [...(policy.background ? [policy.background] : []), ...Object.values(policy.steps)];
  const all = specs.flatMap(({ metrics }) => metrics);
  const parsed = new Map(all.map((metric) => [metric, parsedOnce(metric.provider.prometheus?.query?.trim() ?? '')]));
  const selectors = [...parsed.values()].flatMap((expr) => selectorsOf(expr));
  const readsBuckets = selectors.some(({ expr }) =>
    expr.matchers.some(
      ({ label, accepts }) => label === '__name__' && accepts('istio_request_duration_milliseconds_bucket'),
    ),
  );
  const model = createSeriesModel(policy.arms, readsBuckets ? boundsMs : []);
  const read = new Set<ModelledSeries>();
  for (const [metric, expr] of parsed)
    for (const placed of selectorsOf(expr))
      for (const series of seriesRead(metric, placed, model.series)) read.add(series);
  const needed = model.series.filter((series) => read.has(series));
  const compiled = new Map(
    [...parsed].map(([metric, expr]): [AnalysisMetric, CompiledMetric] => [
      metric,
      { name: metric.name, query: compileQuery(expr, needed), judge: measurementJudge(metric) },
    ]),
  );
  const compileSpec = (spec: AnalysisRunSpec): CompiledAnalysis => ({
    spec,
    metrics: new Map(spec.metrics.map((metric) => [metric.name, compiled.get(metric)!])),
  });
  return {
    model: { ...model, series: needed },
    background: policy.background && compileSpec(policy.background),
    steps: Object.fromEntries(Object.entries(policy.steps).map(([index, spec]) => [index, compileSpec(spec)])),
    metrics: [...compiled.values()],
    queries: [...parsed].map(([metric, expr]) => ({ metric, expr, windowMs: shortestWindowMs(expr) })),
    readsStable: needed.some(({ arm }) => arm === 'stable'),
    reachMs: Math.max(0, ...selectors.map(({ reachMs }) => reachMs)),
  };
}

function shortestWindowMs(expr: PromExpr): number {
  return Math.min(...selectorsOf(expr).map((placed) => placed.expr.rangeMs ?? Number.POSITIVE_INFINITY));
}

/** A code that never comes is an empty answer; a metric or label that the model does not know is a refusal. */
function seriesRead(
  metric: AnalysisMetric,
  { expr: selector }: PlacedSelector,
  series: readonly ModelledSeries[],
): readonly ModelledSeries[] {
  const isCode = (label: string) => label === 'response_code';
  const others = selector.matchers.filter(({ label }) => !isCode(label));
  const found = series.filter(({ labels }) => matches(labels, others));
  if (found.length > 0) return found.filter(({ labels }) => matches(labels, selector.matchers));
  const text = others.map(({ label, operator, value }) => `${label}${operator}${JSON.stringify(value)}`).join(', ');
  const known = [...new Set(series.flatMap(({ labels }) => Object.keys(labels)))].join(', ');
  throw usageError('SIMULATION_SELECTOR', `metric ${metric.name} reads series outside the model: {${text}}`, {
    hint: `The model knows istio_requests_total and istio_request_duration_milliseconds of this Rollout's two versions, by ${known}.`,
  });
}
