/**
 * What a query about one Service must come to, in bounds, from what clients did: arithmetic with intervals over the parts of
 * the query. Undefined where clients cannot know (a quantile over services, the requests of one version).
 */
import type { BinaryExpr, CallExpr, PromExpr, SelectorExpr } from '../../../oracle/promql/promql-tree.ts';
import { unwrapped } from '../../../oracle/promql/promql-tree.ts';
import type { Bounds, ClientTraffic } from './client-traffic.ts';
import { ISTIO_DURATION, metricName } from './metric-reading.ts';
import { isOfIstio, type MeshService, readsPart, readsService } from './narrowed-query.ts';

/** Of the values of all series of the answer together, or of each of them. */
export interface Expected extends Bounds {
  readonly of: 'sum' | 'each' | 'number';
  /** How far it looks back from the instant that it is evaluated at. */
  readonly reachMs: number;
}

export interface Ground {
  readonly clients: ClientTraffic;
  readonly service: MeshService;
  readonly atMs: number;
  readonly scrapeMs: number;
}

/** Envoy moves what a histogram gathered to where it is read every five seconds, and a scrape may come just before. */
const FLUSH_MS = 5_500;
/** Envoy's bins of a histogram are a tenth wide, and its sum is one of their middles. */
const SUM_SLACK = 1.1;
/** Upper bounds of the buckets of Istio's durations in milliseconds. */
const BUCKETS = [
  ...[0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000],
];

export function expectedOf(expr: PromExpr, ground: Ground): Expected | undefined {
  switch (expr.kind) {
    case 'number':
      return { low: expr.value, high: expr.value, of: 'number', reachMs: 0 };
    case 'paren':
      return expectedOf(expr.inner, ground);
    case 'aggregate': {
      const inner = expr.operator === 'sum' ? expectedOf(expr.inner, ground) : undefined;
      return inner?.of === 'sum' ? inner : undefined;
    }
    case 'call':
      return ofCall(expr, ground);
    case 'binary':
      return ofBinary(expr, ground);
    default:
      return undefined;
  }
}

function ofCall({ name, args }: CallExpr, ground: Ground): Expected | undefined {
  const [first, second] = args.map(unwrapped);
  if (!first) return undefined;
  switch (name) {
    case 'sort':
    case 'sort_desc':
    case 'label_replace':
    case 'label_join':
    case 'vector':
      return expectedOf(first, ground);
    case 'round': {
      const whole = expectedOf(first, ground);
      const to = second === undefined ? 1 : second.kind === 'number' ? second.value : undefined;
      // each series is rounded by itself: only of one is it known how much that is
      return whole && to !== undefined && isSingle(first)
        ? { ...whole, low: whole.low - to / 2, high: whole.high + to / 2 }
        : undefined;
    }
    case 'histogram_quantile':
      return second && ofQuantile(second, ground);
    case 'rate':
    case 'increase': {
      const seen = first.kind === 'selector' ? ofRate(first, ground) : undefined;
      const factor = name === 'increase' && first.kind === 'selector' ? (first.rangeMs ?? 0) / 1000 : 1;
      return seen && { ...seen, low: seen.low * factor, high: seen.high * factor };
    }
    default:
      return undefined;
  }
}

function ofRate(selector: SelectorExpr, { clients, service, atMs, scrapeMs }: Ground): Expected | undefined {
  if (!isOfIstio(selector) || selector.rangeMs === undefined || selector.at !== undefined) return undefined;
  const name = metricName(selector);
  if (name.endsWith('_bucket')) return undefined;
  const statuses = selector.matchers.filter(({ label }) => label === 'response_code');
  if (statuses.length > 0 && !service.isAsked) return undefined;
  const { rangeMs, offsetMs } = selector;
  const isHistogram = name.startsWith(ISTIO_DURATION);
  const seen = clients.rate({
    ...{ atMs: atMs - offsetMs, windowMs: rangeMs, scrapeMs, lagMs: isHistogram ? FLUSH_MS : 0 },
    accepts: (status) => statuses.every(({ accepts }) => accepts(String(status))),
  });
  const factor = service.perRequest * (name.endsWith('_sum') ? clients.slowestMs * SUM_SLACK : 1);
  const isPart = !readsService(selector, service) || readsPart(selector) || name.endsWith('_sum');
  return { low: isPart ? 0 : seen.low * factor, high: seen.high * factor, of: 'sum', reachMs: rangeMs + offsetMs };
}

/** Of durations: whatever proxies measured lies within what clients did, up to the bucket that it fell into. */
function ofQuantile(expr: PromExpr, { clients }: Ground): Expected | undefined {
  const selector = selectorOfQuantile(expr);
  if (!selector || metricName(selector) !== `${ISTIO_DURATION}_bucket`) return undefined;
  const high = BUCKETS.find((bound) => bound >= clients.slowestMs) ?? 3_600_000;
  return { low: 0, high, of: 'each', reachMs: (selector.rangeMs ?? 0) + selector.offsetMs };
}

function selectorOfQuantile(expr: PromExpr): SelectorExpr | undefined {
  const inner = unwrapped(expr);
  if (inner.kind === 'selector') return inner;
  if (inner.kind === 'aggregate' && inner.operator === 'sum') return selectorOfQuantile(inner.inner);
  if (inner.kind === 'call' && ['rate', 'increase', 'irate'].includes(inner.name) && inner.args[0])
    return selectorOfQuantile(inner.args[0]);
  return undefined;
}

function ofBinary(expr: BinaryExpr, ground: Ground): Expected | undefined {
  const { operator, left, right, returnBool } = expr;
  const a = expectedOf(left, ground);
  // whatever fills the gaps, and filters: what is left is the left side's
  if (operator === 'or' || (['>', '>=', '<', '<=', '!=', '=='].includes(operator) && !returnBool)) return a;
  const b = expectedOf(right, ground);
  if (!a || !b) return undefined;
  const reachMs = Math.max(a.reachMs, b.reachMs);
  const isScaled = a.of === 'number' || b.of === 'number';
  // of several series each has its own partner, and their sums say nothing
  if (!isScaled && !(isSingle(left) && isSingle(right))) return undefined;
  const of = a.of === 'number' ? b.of : a.of;
  // a number is added to every series
  if (isScaled && a.of !== b.of && (operator === '+' || operator === '-') && !(isSingle(left) || isSingle(right)))
    return undefined;
  const ends = combined(operator, a, b);
  return ends && { low: Math.min(...ends), high: Math.max(...ends), of, reachMs };
}

function combined(operator: BinaryExpr['operator'], a: Bounds, b: Bounds): readonly number[] | undefined {
  const pairs = [a.low, a.high].flatMap((x) => [b.low, b.high].map((y) => [x, y] as const));
  const ends = pairs.map(([x, y]) => {
    if (operator === '+') return x + y;
    if (operator === '-') return x - y;
    if (operator === '*') return x * y;
    return operator === '/' ? x / y : Number.NaN;
  });
  if (operator === '/' && b.low <= 0 && b.high >= 0) return undefined;
  return ends.some(Number.isNaN) ? undefined : ends;
}

/** One series at most: a sum over everything, and arithmetic with that. */
function isSingle(expr: PromExpr): boolean {
  const inner = unwrapped(expr);
  if (inner.kind === 'number') return true;
  if (inner.kind === 'aggregate') return inner.operator === 'sum' && !inner.without && inner.labels.length === 0;
  if (inner.kind === 'call') return ['vector', 'scalar'].includes(inner.name);
  return inner.kind === 'binary' && isSingle(inner.left) && isSingle(inner.right);
}
