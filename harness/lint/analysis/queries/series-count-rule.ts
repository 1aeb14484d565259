/** Queries that give a series for each pod, proxy or response code, where a condition judges one value. */
import { childrenOf, isSetOperator, type PromExpr } from '../../../oracle/promql/promql-tree.ts';
import { typeOf } from '../../../oracle/promql/promql-types.ts';
import type { Finding } from '../../manifest-set.ts';
import { metricFindingAt, queryPath } from '../analysis-templates.ts';
import { looksAtAll, wantsOne } from '../condition-shape.ts';
import type { ParsedQuery } from './analysis-query-rules.ts';

/** ANALYSIS_SEVERAL_SERIES: before any traffic the query finds nothing, so only its text tells. */
export function seriesCountFindings(query: ParsedQuery): readonly Finding[] {
  const { metric, expr } = query;
  const { successCondition = '', failureCondition = '' } = metric.written;
  const conditions = `${successCondition} ${failureCondition}`;
  const looksAtOne = /result\[\d+\]/.test(conditions) && !looksAtAll(conditions);
  // raw samples are ANALYSIS_QUERY_TYPE already
  if (!looksAtOne || typeOf(expr) !== 'vector' || !mayBeSeveral(expr)) return [];
  return [
    metricFindingAt(metric, queryPath(metric), {
      code: 'ANALYSIS_SEVERAL_SERIES',
      severity: 'warning',
      sentence: `${metric.title}: the query gives a series for each combination of labels, and ${
        wantsOne(conditions)
          ? 'with more than one, such as from two pods, the condition never holds'
          : 'the condition looks at the first one only'
      }`,
      hint: `Aggregate with sum(), or judge all of them with ${overAll(successCondition, failureCondition)}.`,
    }),
  ];
}

/** The condition's own bound, said of every series: one that is bad is enough. */
function overAll(successCondition: string, failureCondition: string): string {
  const [condition, every] = successCondition === '' ? [failureCondition, 'any'] : [successCondition, 'all'];
  const bound = /^\s*result\[0\]\s*((?:[<>]=?|[!=]=)\s*-?[\d.]+)\s*$/.exec(condition)?.[1];
  return `${every}(result, # ${bound ?? '…'})`;
}

/** Whether more than one series can come out, for all that the text says. */
function mayBeSeveral(expr: PromExpr): boolean {
  if (typeOf(expr) === 'scalar' || typeOf(expr) === 'string') return false;
  switch (expr.kind) {
    case 'selector':
      return true;
    case 'aggregate':
      if (expr.operator === 'count_values') return true;
      if (expr.operator === 'topk' || expr.operator === 'bottomk')
        return !isOne(expr.parameter) || (hasGroups(expr) && mayBeSeveral(expr.inner));
      return expr.without || !expr.labels.every((label) => isPinned(expr.inner, label));
    case 'call':
      return mayCallGiveSeveral(expr.name, expr.args);
    case 'binary': {
      const { operator, matching, left, right } = expr;
      if (operator === 'or') return mayBeSeveral(left) || mayBeSeveral(right);
      if (isSetOperator(operator)) return mayBeSeveral(left);
      if (matching.many !== undefined) return mayBeSeveral(matching.many === 'left' ? left : right);
      if (typeOf(left) === 'scalar') return mayBeSeveral(right);
      if (typeOf(right) === 'scalar') return mayBeSeveral(left);
      // one to one: no more than the smaller side has
      return mayBeSeveral(left) && mayBeSeveral(right);
    }
    default:
      return childrenOf(expr).some(mayBeSeveral);
  }
}

function isOne(parameter: PromExpr | undefined): boolean {
  return parameter?.kind === 'number' && parameter.value < 2;
}

function hasGroups({ without, labels, inner }: PromExpr & { kind: 'aggregate' }): boolean {
  return without || !labels.every((label) => isPinned(inner, label));
}

function mayCallGiveSeveral(name: string, args: readonly PromExpr[]): boolean {
  if (name === 'vector' || name === 'absent' || name === 'absent_over_time') return false;
  const vector = args.find((arg) => typeOf(arg) !== 'scalar');
  if (vector === undefined) return false;
  if (name !== 'histogram_quantile') return mayBeSeveral(vector);
  const buckets = vector.kind === 'paren' ? vector.inner : vector;
  if (buckets.kind !== 'aggregate' || buckets.without) return mayBeSeveral(buckets);
  return !buckets.labels.every((label) => label === 'le' || isPinned(buckets.inner, label));
}

/** Every selector below asks for one value of that label. */
function isPinned(expr: PromExpr, label: string): boolean {
  if (expr.kind === 'selector')
    return expr.matchers.some((matcher) => matcher.label === label && matcher.operator === '=');
  const children = childrenOf(expr).filter((child) => typeOf(child) !== 'scalar');
  return children.length > 0 && children.every((child) => isPinned(child, label));
}
