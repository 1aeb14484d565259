/** What executing a query on synthetic series says about it. */

import { HarnessError } from '../../../errors/harness-error.ts';
import type { AnalysisMetric, AnalysisPhase } from '../../../oracle/analysis-types.ts';
import type { MetricResult } from '../../../oracle/conditions/evaluate-condition.ts';
import { formatResult, measurementPhase } from '../../../oracle/measurement-phase.ts';
import { childrenOf, type PromExpr, unwrapped } from '../../../oracle/promql/promql-tree.ts';
import type { Finding } from '../../manifest-set.ts';
import { metricFindingAt, queryPath } from '../analysis-templates.ts';
import { boundsIn } from '../condition-bounds.ts';
import type { ParsedQuery } from './analysis-query-rules.ts';
import { isEmpty, type QueryOutcomes } from './query-outcomes.ts';
import { selectorsIn } from './synthetic-series.ts';

type Told = Pick<Finding, 'code' | 'severity' | 'sentence' | 'hint'>;

/**
 * ANALYSIS_QUANTILE_WITHOUT_LE, ANALYSIS_QUERY_ALWAYS_EMPTY, ANALYSIS_QUERY_ALWAYS_NAN, ANALYSIS_QUERY_DIVIDED_BY_ITSELF,
 * ANALYSIS_RATE_AS_SHARE, ANALYSIS_UNIT_MISMATCH, ANALYSIS_BOUND_UNREACHABLE, ANALYSIS_ONLY_ERRORS_PASS.
 *
 * @param outcomes undefined when the query could not be executed
 */
export function queryOutcomeFindings(
  query: ParsedQuery,
  variant: AnalysisMetric,
  outcomes: QueryOutcomes | undefined,
): readonly Finding[] {
  const { metric, expr } = query;
  const structural = [...withoutLe(expr), ...dividedByItself(expr)];
  const executed = outcomes && structural.length === 0 ? executedFindings(query, variant, outcomes) : [];
  return [...structural, ...executed].map((told) =>
    metricFindingAt(metric, queryPath(metric), { ...told, sentence: `${metric.title}: ${told.sentence}` }),
  );
}

/** Buckets summed up without `le` are no histogram any more. Native histograms have no `le` and no `_bucket`. */
function withoutLe(expr: PromExpr): readonly Told[] {
  const own = expr.kind === 'call' && expr.name === 'histogram_quantile' ? lostLe(unwrapped(expr.args[1]!)) : false;
  if (own)
    return [
      {
        code: 'ANALYSIS_QUANTILE_WITHOUT_LE',
        severity: 'error',
        sentence: 'histogram_quantile over buckets that were aggregated without le gives nothing, for ever',
        hint: 'Keep the bound of the bucket: sum by (le) (rate(..._bucket[5m])).',
      },
    ];
  return childrenOf(expr).flatMap(withoutLe);
}

function lostLe(expr: PromExpr): boolean {
  if (expr.kind === 'aggregate') {
    const drops = expr.without ? expr.labels.includes('le') : !expr.labels.includes('le');
    const classic = selectorsIn(expr.inner).some(({ name }) => name?.endsWith('_bucket') ?? false);
    return (drops && classic) || lostLe(unwrapped(expr.inner));
  }
  return false;
}

function dividedByItself(expr: PromExpr): readonly Told[] {
  if (expr.kind === 'binary' && expr.operator === '/' && shapeOf(expr.left) === shapeOf(expr.right))
    return [
      {
        code: 'ANALYSIS_QUERY_DIVIDED_BY_ITSELF',
        severity: 'error',
        sentence: 'both sides of the division are the same, so the answer is always 1, or NaN without traffic',
        hint: 'The numerator needs what tells good answers from bad ones, such as response_code!~"5..".',
      },
    ];
  return childrenOf(expr).flatMap(dividedByItself);
}

/** The expression without the places of its text. */
function shapeOf(expr: PromExpr): string {
  return JSON.stringify(unwrapped(expr), (key, value: unknown) => {
    if (key === 'from' || key === 'to') return undefined;
    if (key === 'inner' && (value as PromExpr).kind === 'paren') return unwrapped(value as PromExpr);
    return value;
  });
}

function executedFindings(query: ParsedQuery, variant: AnalysisMetric, outcomes: QueryOutcomes): readonly Told[] {
  if (outcomes.isAlwaysEmpty)
    return [
      {
        code: 'ANALYSIS_QUERY_ALWAYS_EMPTY',
        severity: 'error',
        sentence: 'the query is empty even when every series that it asks for is there',
        hint: 'The labels of the two sides of an operator have to be the same, or to be named by on(), ignoring() or group_left().',
      },
    ];
  if (outcomes.isAlwaysNaN)
    return [
      {
        code: 'ANALYSIS_QUERY_ALWAYS_NAN',
        severity: 'error',
        sentence: 'the query is NaN whatever the traffic',
        hint: 'Look for 0/0, for a quantile outside of 0 to 1 and for a logarithm of less than 0.',
      },
    ];
  if (query.isGuessed) return [];
  return [
    ...rateAsShare(query, variant, outcomes),
    ...unitMismatch(query, variant, outcomes),
    ...unreachable(variant, outcomes),
    ...onlyErrorsPass(variant, outcomes),
  ];
}

/** Good answers divided by all: without a series of good ones there is no quotient, and guards for empty answers let that pass. */
function onlyErrorsPass(
  variant: AnalysisMetric,
  { isComplete, onlyErrors, atBadShare }: QueryOutcomes,
): readonly Told[] {
  const phases = [onlyErrors, atBadShare(0), atBadShare(0.9)].map((answer) => phaseOf(variant, answer));
  if (!isComplete || phases.join() !== 'Successful,Successful,Failed') return [];
  return [
    {
      code: 'ANALYSIS_ONLY_ERRORS_PASS',
      severity: 'warning',
      sentence: `a canary that answers nothing but errors passes: without a series of good answers the query gives ${formatResult(onlyErrors)}`,
      hint: 'Count what is not there as none: (sum(rate(good[1m])) or vector(0)) / sum(rate(all[1m])).',
    },
  ];
}

/** Requests a second, which more traffic raises, compared as if it were the share of the good ones. */
function rateAsShare({ expr, metric }: ParsedQuery, variant: AnalysisMetric, outcomes: QueryOutcomes): readonly Told[] {
  if (!outcomes.growsWithTraffic || outcomes.latencyUnitsPerSecond !== undefined) return [];
  const wanted = [
    ...boundsIn(variant.successCondition).filter(({ operator }) => operator.startsWith('>')),
    ...boundsIn(variant.failureCondition).filter(({ operator }) => operator.startsWith('<')),
  ].find(({ value }) => value >= 0.5 && value < 1);
  const judgesSuccess =
    /success|availab|ratio|share|percent/i.test(metric.name) ||
    selectorsIn(expr).some(({ matchers }) => matchers.some(({ label }) => /code|status/i.test(label)));
  if (!wanted || !judgesSuccess) return [];
  return [
    {
      code: 'ANALYSIS_RATE_AS_SHARE',
      severity: 'error',
      sentence: `the query is a rate in requests per second, which grows with the traffic, but ${wanted.value} is the bound of a share`,
      hint: 'Divide by the rate of all requests: sum(rate(good[1m])) / sum(rate(all[1m])).',
    },
  ];
}

const REQUESTS = /request|http|grpc|rpc|response|latency|istio|envoy|nginx/i;

/** Seconds compared with 500, milliseconds compared with 0.5. */
function unitMismatch({ expr }: ParsedQuery, variant: AnalysisMetric, outcomes: QueryOutcomes): readonly Told[] {
  const unit = outcomes.latencyUnitsPerSecond;
  const names = selectorsIn(expr).map(({ name }) => name ?? '');
  if (unit === undefined || !names.some((name) => /seconds|_ms(_|$)/.test(name))) return [];
  const bounds = [...boundsIn(variant.successCondition), ...boundsIn(variant.failureCondition)].map(
    ({ value }) => value,
  );
  if (bounds.length === 0) return [];
  const isLatencyOfRequests = names.every((name) => REQUESTS.test(name));
  const tooHigh = unit === 1 && isLatencyOfRequests && bounds.every((bound) => bound >= 50);
  const tooLow = unit === 1000 && bounds.every((bound) => bound > 0 && bound < 1);
  if (!tooHigh && !tooLow) return [];
  return [
    {
      code: 'ANALYSIS_UNIT_MISMATCH',
      severity: 'error',
      sentence: tooHigh
        ? `the query gives seconds, but is compared with ${bounds[0]}: no request is ever that slow`
        : `the query gives milliseconds, but is compared with ${bounds[0]}: every request is slower than that`,
      hint: tooHigh
        ? `Write ${bounds[0]! / 1000} for ${bounds[0]} ms.`
        : `Write ${bounds[0]! * 1000} for ${bounds[0]} s.`,
    },
  ];
}

const SHARES = [0, 0.001, 0.01, 0.05, 0.1, 0.3, 0.5, 0.8, 1];

/** A share whose bound lies outside of what a share can be: the verdict is the same for a perfect and a broken canary. */
function unreachable(variant: AnalysisMetric, outcomes: QueryOutcomes): readonly Told[] {
  if (!outcomes.ignoresTraffic || outcomes.latencyUnitsPerSecond !== undefined || !outcomes.isComplete) return [];
  const answers = SHARES.map((bad) => outcomes.atBadShare(bad, bad / 10));
  if (answers.some(isEmpty) || new Set(answers.map((answer) => JSON.stringify(answer))).size < SHARES.length) return [];
  const phases = new Set(answers.map((answer) => phaseOf(variant, answer)));
  const [phase] = phases;
  if (phases.size > 1 || phase === undefined || phase === 'Error') return [];
  const most = Math.max(...answers.flat());
  const bound = [...boundsIn(variant.successCondition), ...boundsIn(variant.failureCondition)][0]?.value;
  if (bound === undefined) return [];
  return [
    {
      code: 'ANALYSIS_BOUND_UNREACHABLE',
      severity: 'error',
      sentence: `the measurement is ${phase} whether all requests fail or none: the answer lies between ${rounded(Math.min(...answers.flat()))} and ${rounded(most)}, and the bound is ${bound}`,
      hint:
        most <= 1 && bound > 1
          ? `The query is a share; multiply it by 100, or write ${bound / 100}.`
          : 'Compare with a bound inside that range.',
    },
  ];
}

/** Undefined for a condition that the oracle does not know. */
function phaseOf(variant: AnalysisMetric, answer: MetricResult): AnalysisPhase | undefined {
  try {
    return measurementPhase(variant, answer).phase;
  } catch (error) {
    if (error instanceof HarnessError) return undefined;
    throw error;
  }
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
