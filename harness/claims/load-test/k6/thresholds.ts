/**
 * What a summary says of k6's thresholds, and whether one of them can fail at all. Grammar and behaviour: k6 2.2.0,
 * metrics/thresholds_parser.go and metrics/thresholds.go (a rate without a sample passes every threshold). Pure.
 */
import type { K6Metric } from './summary.ts';

export interface Threshold {
  readonly metric: string;
  /** As the script has it, such as `p(95)<500`. */
  readonly expression: string;
  readonly isKept: boolean;
  /** What it is about; undefined where the summary leaves that figure out. */
  readonly value: number | undefined;
  /** Why it would be kept whatever clients get; undefined: it can fail. */
  readonly cannotFail: string | undefined;
  /** The bound of an upper limit on a duration, in milliseconds. */
  readonly longestMs: number | undefined;
}

const EXPRESSION = /^\s*(value|count|rate|avg|min|max|med|p\(\s*[\d.]+\s*\))\s*(<=|>=|===|==|!=|<|>)\s*([\d.]+)\s*$/;

export function thresholdsOf(metrics: Readonly<Record<string, K6Metric>>): readonly Threshold[] {
  return Object.entries(metrics).flatMap(([name, metric]) =>
    Object.entries(metric.thresholds ?? {}).map(([expression, { ok }]) => thresholdOf(name, metric, expression, ok)),
  );
}

function thresholdOf(name: string, metric: K6Metric, expression: string, isKept: boolean): Threshold {
  const [, aggregation = '', operator = '', bound = ''] = EXPRESSION.exec(expression) ?? [];
  const limit = Number(bound);
  const isUpper = metric.contains === 'time' && operator.startsWith('<');
  return {
    ...{ metric: name, expression, isKept },
    value: metric.values[aggregation.replaceAll(' ', '')] ?? undefined,
    cannotFail: withoutSample(metric) ?? outOfReach(metric, operator, limit),
    longestMs: isUpper ? limit : undefined,
  };
}

/** Trends have no count in the summary: one whose every figure is 0 has none, or nothing but zeros. */
function withoutSample({ type, values }: K6Metric): string | undefined {
  const figures = Object.values(values).filter((value) => value !== null);
  const isEmpty =
    type === 'rate'
      ? (values.passes ?? 0) + (values.fails ?? 0) === 0
      : type === 'trend' && figures.every((value) => value === 0);
  return isEmpty ? 'its metric has no sample' : undefined;
}

/** The values that a metric can take, both ends included. */
function rangeOf({ type, contains }: K6Metric): readonly [low: number, high: number] {
  if (type === 'rate') return [0, 1];
  // counters only grow, and no duration is negative
  if (type === 'counter' || contains === 'time') return [0, Number.POSITIVE_INFINITY];
  return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
}

const ALWAYS: Readonly<Record<string, (range: readonly [low: number, high: number], limit: number) => boolean>> = {
  '<': ([, high], limit) => high < limit,
  '<=': ([, high], limit) => high <= limit,
  '>': ([low], limit) => low > limit,
  '>=': ([low], limit) => low >= limit,
  '!=': ([low, high], limit) => limit < low || limit > high,
};

function outOfReach(metric: K6Metric, operator: string, limit: number): string | undefined {
  const range = rangeOf(metric);
  if (!ALWAYS[operator]?.(range, limit)) return undefined;
  return range[1] === 1 ? 'a rate is never outside of 0 to 1' : 'its metric is never below 0';
}

/** `http_req_duration p(95)<500`, with the figure where it is known. */
export function thresholdWords({ metric, expression, value }: Threshold): string {
  const figure = value === undefined ? '' : ` (it was ${Number(value.toPrecision(6))})`;
  return `${metric} ${expression}${figure}`;
}
