/** Counters of requests that are read as they stand: they hold everything since whoever counts has started. */
import type { AnalysisMetric } from '../../../oracle/analysis-types.ts';
import { childrenOf, type PromExpr, type SelectorExpr } from '../../../oracle/promql/promql-tree.ts';
import { isMeasurable } from '../../../oracle/promql/promql-types.ts';
import type { Finding } from '../../manifest-set.ts';
import { metricFindingAt, queryPath } from '../analysis-templates.ts';
import { CANARY_HASH } from '../analysis-uses.ts';
import { boundsIn } from '../condition-bounds.ts';
import type { ParsedQuery } from './analysis-query-rules.ts';

const OF_REQUESTS = /request.*_(total|count|sum|bucket)$/;
/** Functions that make a difference of a counter, or do not look at its value. */
const OF_CHANGE =
  /^(rate|irate|increase|delta|idelta|deriv|predict_linear|resets|changes|timestamp|(absent|present|count)(_over_time)?)$/;
const OF_NUMBER = new Set(['count', 'group', 'count_values']);

/**
 * ANALYSIS_COUNTER_WITHOUT_RATE: an error where the metric can never fail again once it is satisfied. Pods of the canary
 * alone, selected by its hash, have counted nothing but the canary.
 */
export function rawCounterFindings({ metric, expr }: ParsedQuery, variant: AnalysisMetric): readonly Finding[] {
  // raw samples are ANALYSIS_QUERY_TYPE already
  if (!isMeasurable(expr)) return [];
  const found = rawCounters(expr).find(({ matchers }) => !matchers.some(({ value }) => value.includes(CANARY_HASH)));
  if (!found) return [];
  const told = isRatio(expr)
    ? {
        severity: 'warning' as const,
        why: 'and not over a window, so what the canary does now moves the share less and less',
      }
    : onlyGrows(variant);
  return [
    metricFindingAt(metric, queryPath(metric), {
      code: 'ANALYSIS_COUNTER_WITHOUT_RATE',
      severity: told.severity,
      sentence: `${metric.title}: the query reads the counter ${found.name} without rate() or increase(), which holds all requests since its pods have started, ${told.why}`,
      hint: `Count those of a window: sum(rate(${found.name}{...}[1m])).`,
    }),
  ];
}

function onlyGrows({ successCondition = '', failureCondition = '' }: AnalysisMetric) {
  const [bound] = [
    ...(failureCondition === '' ? boundsIn(successCondition).filter(({ operator }) => operator.startsWith('>')) : []),
    ...(successCondition === '' ? boundsIn(failureCondition).filter(({ operator }) => operator.startsWith('<')) : []),
  ];
  return bound === undefined
    ? { severity: 'warning' as const, why: 'so that one bad hour is held against every later release' }
    : {
        severity: 'error' as const,
        why: `and only grows: once it is above ${bound.value} every measurement is Successful, whatever the canary does`,
      };
}

function rawCounters(expr: PromExpr): readonly SelectorExpr[] {
  if (expr.kind === 'selector') return OF_REQUESTS.test(expr.name ?? '') ? [expr] : [];
  if (expr.kind === 'call' && OF_CHANGE.test(expr.name)) return [];
  if (expr.kind === 'aggregate' && OF_NUMBER.has(expr.operator)) return [];
  return childrenOf(expr).flatMap(rawCounters);
}

function isRatio(expr: PromExpr): boolean {
  return (expr.kind === 'binary' && ['/', '-'].includes(expr.operator)) || childrenOf(expr).some(isRatio);
}
