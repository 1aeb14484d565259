/** Which of the four golden signals a query shows, by what it reads and how, never by what its panel is called. */
import { childrenOf, type PromExpr } from '../../../oracle/promql/promql-tree.ts';
import { isStatusLabel, type Part, readingOf, type Signal } from './metric-reading.ts';

/**
 * Traffic is a rate of requests as such. Errors are failing requests, alone or as a share, or all requests by status.
 * Latency is a quantile of durations, or their sum over their count. Saturation is how full something is: its metrics, and
 * the sum of durations per second, which is how many requests are under way at a time (Little's law).
 */
export function signalsOf(expr: PromExpr): ReadonlySet<Signal> {
  const found = new Set<Signal>();
  walk(expr, { found, isShare: false, byStatus: false });
  return found;
}

interface Walk {
  readonly found: Set<Signal>;
  /** Below a division of one thing of requests by another. */
  readonly isShare: boolean;
  readonly byStatus: boolean;
}

function walk(expr: PromExpr, context: Walk): void {
  const { found, isShare } = context;
  if (expr.kind === 'selector') {
    for (const signal of signalsOfPart(readingOf(expr), isShare)) found.add(signal);
    if (context.byStatus && ['requests', 'duration-count'].includes(readingOf(expr))) found.add('errors');
    return;
  }
  if (expr.kind === 'call' && expr.name === 'histogram_quantile') {
    if (partsOf(expr).some((part) => part === 'duration-bucket' || part === 'duration')) found.add('latency');
    return;
  }
  if (expr.kind === 'binary' && expr.operator === '/') {
    const left = partsOf(expr.left);
    const right = partsOf(expr.right);
    if (left.includes('duration-sum') && right.some((part) => part === 'duration-count' || part === 'requests')) {
      found.add('latency');
      return;
    }
    // buckets over the count are the share that was fast enough
    if (left.includes('duration-bucket') && right.length > 0) {
      found.add('latency');
      return;
    }
    const isOfRequests = right.some((part) => ['requests', 'duration-count', 'failures', 'successes'].includes(part));
    walk(expr.left, { ...context, isShare: isShare || isOfRequests });
    walk(expr.right, { ...context, isShare: isShare || isOfRequests });
    return;
  }
  const byStatus = context.byStatus || (expr.kind === 'aggregate' && !expr.without && expr.labels.some(isStatusLabel));
  for (const child of childrenOf(expr)) walk(child, { ...context, byStatus });
}

function signalsOfPart(part: Part, isShare: boolean): readonly Signal[] {
  switch (part) {
    case 'requests':
    case 'duration-count':
      return isShare ? [] : ['traffic'];
    case 'failures':
      return ['errors'];
    case 'duration':
      return ['latency'];
    case 'successes':
      return isShare ? ['errors'] : ['traffic'];
    case 'duration-sum':
    case 'fullness':
      return ['saturation'];
    default:
      return [];
  }
}

function partsOf(expr: PromExpr): readonly Part[] {
  return expr.kind === 'selector' ? [readingOf(expr)] : childrenOf(expr).flatMap(partsOf);
}
