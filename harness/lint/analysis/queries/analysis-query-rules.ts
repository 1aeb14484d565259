/** Queries of AnalysisTemplates that cannot give a useful answer, whatever the traffic. */
import { HarnessError } from '../../../errors/harness-error.ts';
import { problemOfMetric } from '../../../oracle/analysis-validation.ts';
import { argoFeatures } from '../../../oracle/argo-version.ts';
import { parsedOnce } from '../../../oracle/promql/parsed-once.ts';
import { childrenOf, type PromExpr } from '../../../oracle/promql/promql-tree.ts';
import { isMeasurable } from '../../../oracle/promql/promql-types.ts';
import type { Finding } from '../../manifest-set.ts';
import { metricFindingAt, queryPath, type TemplateMetric } from '../analysis-templates.ts';
import { unknownMetricLabels, wholeBounds } from './metric-labels.ts';

export interface ParsedQuery {
  readonly metric: TemplateMetric;
  readonly expr: PromExpr;
  readonly text: string;
  /** Numbers and durations in it may be guesses at unknown arguments. */
  readonly isGuessed: boolean;
}

/** The first guess at unknown arguments under which the query can be read; a finding when there is none. */
export function readQuery(metric: TemplateMetric): ParsedQuery | Finding | undefined {
  if (typeof metric.written.provider.prometheus?.query !== 'string') return undefined;
  const problems: HarnessError[] = [];
  for (const [index, variant] of metric.variants.entries()) {
    const text = variant.provider.prometheus!.query!;
    try {
      return { metric, expr: parsedOnce(text), text, isGuessed: metric.isGuessed && index > 0 };
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;
      problems.push(error);
    }
  }
  const problem = problems.at(-1)!;
  const inside = problems.every(({ code }) => code === 'PROMQL_SYNTAX');
  return metricFindingAt(metric, queryPath(metric), {
    code: inside ? 'ANALYSIS_QUERY_SYNTAX' : 'ANALYSIS_QUERY_UNCHECKED',
    severity: inside ? 'error' : 'info',
    sentence: `${metric.title}: ${problem.message.replace(/\s+/g, ' ')}`,
    ...(problem.hint === undefined ? {} : { hint: problem.hint }),
  });
}

/** ANALYSIS_ARGUMENT_UNDECLARED and ANALYSIS_METRIC_INVALID: Argo makes the whole run an Error before it measures. */
export function metricFindings(metric: TemplateMetric): readonly Finding[] {
  const problems = metric.variants.map((variant) => problemOfMetric(variant, argoFeatures()));
  const problem = problems.every((one) => one !== undefined) ? problems.at(-1) : undefined;
  return [
    ...metric.undeclared.map((name) =>
      metricFindingAt(metric, metric.path, {
        code: 'ANALYSIS_ARGUMENT_UNDECLARED',
        severity: 'error',
        sentence: `${metric.title} uses {{${name}}}, which spec.args does not declare`,
        hint: 'Argo Rollouts cannot resolve it, and the run ends as an Error, which aborts the rollout.',
      }),
    ),
    ...(problem === undefined
      ? []
      : [
          metricFindingAt(metric, metric.path, {
            code: 'ANALYSIS_METRIC_INVALID',
            severity: 'error',
            sentence: `${metric.title}: ${problem}`,
            hint: 'Argo Rollouts refuses the metric, and the run ends as an Error, which aborts the rollout.',
          }),
        ]),
  ];
}

/** ANALYSIS_QUERY_TYPE, ANALYSIS_WINDOW_TOO_SHORT, ANALYSIS_METRIC_UNKNOWN, ANALYSIS_LABEL_UNKNOWN, ANALYSIS_LE_WITHOUT_FRACTION. */
export function queryFindings(query: ParsedQuery, scrapeIntervalMs: number | undefined): readonly Finding[] {
  const { metric, expr } = query;
  const at = (finding: Parameters<typeof metricFindingAt>[2]) => metricFindingAt(metric, queryPath(metric), finding);
  const findings: Finding[] = [];
  if (!isMeasurable(expr))
    findings.push(
      at({
        code: 'ANALYSIS_QUERY_TYPE',
        severity: 'error',
        sentence: `${metric.title}: the query gives raw samples or a text, not a vector or a number`,
        hint: 'Argo Rollouts 1.7 cannot use it; later releases see the values of all samples of all series in a row.',
      }),
    );
  for (const { name, windowMs } of windowsOf(expr))
    if (scrapeIntervalMs !== undefined && !query.isGuessed && windowMs < 2 * scrapeIntervalMs)
      findings.push(
        at({
          code: 'ANALYSIS_WINDOW_TOO_SHORT',
          severity: 'error',
          sentence: `${metric.title}: ${name} over ${windowMs / 1000} s needs two samples, but Prometheus scrapes every ${scrapeIntervalMs / 1000} s`,
          hint: `The answer is empty most of the time. Use at least ${(4 * scrapeIntervalMs) / 1000} s, which also survives a missed scrape.`,
        }),
      );
  return [
    ...findings,
    ...[...unknownMetricLabels(expr), ...wholeBounds(expr)].map((problem) =>
      at({ ...problem, sentence: `${metric.title}: ${problem.sentence}` }),
    ),
  ];
}

const TWO_SAMPLES = new Set(['rate', 'increase', 'irate', 'delta', 'idelta']);

function windowsOf(expr: PromExpr): readonly { readonly name: string; readonly windowMs: number }[] {
  const own =
    expr.kind === 'call' && TWO_SAMPLES.has(expr.name)
      ? expr.args.flatMap((arg) =>
          arg.kind === 'selector' && arg.rangeMs ? [{ name: expr.name, windowMs: arg.rangeMs }] : [],
        )
      : [];
  return [...own, ...childrenOf(expr).flatMap(windowsOf)];
}
