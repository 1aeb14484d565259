/**
 * "For two minutes" said with failureLimit: Argo counts failures in total, never in a row, so a failure now and one an
 * hour ago add up, and a limit of N needs the (N + 1)-th failure.
 */
import { wholeNumber } from '../oracle/analysis-types.ts';
import type { ConditionExpr } from '../oracle/condition-tree.ts';
import { parseGoDuration } from '../oracle/go-duration.ts';
import { parseCondition } from '../oracle/parse-condition.ts';
import type { ParsedQuery } from './analysis-query-rules.ts';
import { metricFindingAt } from './analysis-templates.ts';
import { asRecord, type Finding } from './manifest-set.ts';

const MINUTE_MS = 60_000;

/** What people write when they mean a length of time: in the name, in an annotation, in a comment of the query. */
const MEANS_TIME =
  /\b(?:for|over|sustained|during|within)[\s_-]+\w+[\s_-]*(?:m|min|minutes?)\b|\bminutes?\b|consecutive|in a row/i;
/** More than a few stray failures, counted several times a minute and without end, are no tolerance. */
const MANY = 4;

/** ANALYSIS_FAILURE_LIMIT_IS_NO_DURATION: a limit whose failures would fill whole minutes, where that was meant. */
export function failureLimitFindings({ metric, text }: ParsedQuery): readonly Finding[] {
  const [variant] = metric.variants;
  const limit = wholeNumber(variant!.failureLimit) ?? 0;
  const intervalMs = variant!.interval ? parseGoDuration(variant!.interval) : undefined;
  if (limit < 1 || !intervalMs) return [];
  const meantMs = [limit * intervalMs, (limit + 1) * intervalMs].find((lengthMs) => lengthMs % MINUTE_MS === 0);
  if (meantMs === undefined) return [];
  const { metadata } = metric.template.value;
  const annotations = Object.values(asRecord(asRecord(metadata)?.annotations) ?? {});
  const words = [variant!.name, metric.template.name, text, ...annotations].join('\n');
  const unending = !wholeNumber(variant!.count) && intervalMs < MINUTE_MS && limit >= MANY;
  if (!MEANS_TIME.test(words) && !unending) return [];
  const minutes = `${meantMs / MINUTE_MS}m`;
  const broken = brokenLimit(variant!.failureCondition, variant!.successCondition);
  const query = text.trim().replace(/\s+/g, ' ');
  return [
    metricFindingAt(metric, [...metric.path, 'failureLimit'], {
      code: 'ANALYSIS_FAILURE_LIMIT_IS_NO_DURATION',
      severity: 'warning',
      sentence: `${metric.title}: failureLimit ${limit} every ${variant!.interval} does not mean "for ${minutes}": it counts failures in total, not in a row, and needs ${limit + 1} of them`,
      hint: broken
        ? `This says it: min_over_time(((${query}) ${broken.operator} bool ${broken.value})[${minutes}:${variant!.interval}]) == 1 (empty unless it held at every step; fail when len(result) > 0, with failureLimit 0).`
        : `Say it in the query: min_over_time((<query> > bool <limit>)[${minutes}:${variant!.interval}]) == 1, with failureLimit 0.`,
    }),
  ];
}

const OPPOSITE: Readonly<Record<string, string>> = { '<': '>=', '>': '<=', '<=': '>', '>=': '<' };

/** The comparison that is true when the limit is broken: the failure condition, or the opposite of the other. */
function brokenLimit(
  failure: string | undefined,
  success: string | undefined,
): { readonly operator: string; readonly value: number } | undefined {
  const own = comparisonOf(failure);
  if (own) return own;
  const other = comparisonOf(success);
  return other && { operator: OPPOSITE[other.operator]!, value: other.value };
}

function comparisonOf(
  condition: string | undefined,
): { readonly operator: string; readonly value: number } | undefined {
  if (!condition) return undefined;
  let expr: ConditionExpr;
  try {
    expr = parseCondition(condition);
  } catch {
    return undefined;
  }
  if (expr.kind !== 'binary' || !(expr.operator in OPPOSITE) || expr.right.kind !== 'number') return undefined;
  const isResult = expr.left.kind === 'result' || (expr.left.kind === 'index' && expr.left.list.kind === 'result');
  return isResult ? { operator: expr.operator, value: expr.right.value } : undefined;
}
