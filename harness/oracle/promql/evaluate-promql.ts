/**
 * A pure model of Prometheus 3's evaluation of an instant query over scraped samples.
 *
 * Checked value for value against the real program in prometheus-contract.integration.test.ts. Left out: native
 * histograms, experimental functions, start timestamps (a feature flag). Throws PROMQL_EVALUATION where Prometheus answers with an error.
 */
import { aggregate } from './aggregate.ts';
import { binaryOperation } from './binary-operation.ts';
import { extrapolatedRate, instantChange } from './extrapolated-rate.ts';
import { type PromValue, requireDistinct, type VectorSample, withoutName } from './instant-vector.ts';
import { predicted, slopeOf } from './linear-regression.ts';
import { OVER_TIME, sampleQuantile } from './over-time.ts';
import { evaluationError } from './promql-error.ts';
import { type CallExpr, type PromExpr, type SelectorExpr, type SubqueryExpr, unwrapped } from './promql-tree.ts';
import { relabel } from './relabel-functions.ts';
import { labelKey, matches, type Point, pointsWithin, type Series, valueAt } from './series.ts';
import { labelsOfAbsent, vectorFunction } from './vector-functions.ts';

export interface EvaluationOptions {
  /** `--query.lookback-delta`; default 5 minutes. */
  readonly lookbackMs?: number;
  /** `global.evaluation_interval`, the step of subqueries that name none; default 1 minute. */
  readonly defaultStepMs?: number;
}

interface Context {
  readonly series: readonly Series[];
  readonly lookbackMs: number;
  readonly defaultStepMs: number;
  /** Of the whole query: what `@ start()` and `@ end()` mean, also inside a subquery. */
  readonly queryMs: number;
}

/** The answer of `/api/v1/query` at `timeMs`; samples of a vector are in the order of the series given. */
export function evaluatePromql(
  expr: PromExpr,
  series: readonly Series[],
  timeMs: number,
  options: EvaluationOptions = {},
): PromValue {
  const { lookbackMs = 300_000, defaultStepMs = 60_000 } = options;
  return evaluate(expr, timeMs, { series, lookbackMs, defaultStepMs, queryMs: timeMs });
}

function evaluate(expr: PromExpr, timeMs: number, context: Context): PromValue {
  switch (expr.kind) {
    case 'number':
      return { type: 'scalar', value: expr.value };
    case 'string':
      return { type: 'string', value: expr.value };
    case 'paren':
      return evaluate(expr.inner, timeMs, context);
    case 'negate': {
      const value = evaluate(expr.inner, timeMs, context);
      if (value.type !== 'vector') return { type: 'scalar', value: -scalarOf(value) };
      return distinct(value.samples.map((sample) => ({ labels: withoutName(sample.labels), value: -sample.value })));
    }
    case 'selector':
      return { type: 'vector', samples: instantSelector(expr, timeMs, context) };
    case 'subquery':
      throw evaluationError('a range vector is no result of an instant query');
    case 'aggregate': {
      const given = expr.parameter && evaluate(expr.parameter, timeMs, context);
      const parameter = given?.type === 'string' ? given.value : given ? scalarOf(given) : Number.NaN;
      return { type: 'vector', samples: aggregate(expr, vectorOf(expr.inner, timeMs, context), parameter) };
    }
    case 'binary': {
      const result = binaryOperation(expr, evaluate(expr.left, timeMs, context), evaluate(expr.right, timeMs, context));
      return result.type === 'vector' ? distinct(result.samples) : result;
    }
    case 'call':
      return call(expr, timeMs, context);
  }
}

function distinct(samples: readonly VectorSample[]): PromValue {
  return { type: 'vector', samples: requireDistinct(samples) };
}

function scalarOf(value: PromValue): number {
  return value.type === 'scalar' ? value.value : Number.NaN;
}

function vectorOf(expr: PromExpr, timeMs: number, context: Context): readonly VectorSample[] {
  const value = evaluate(expr, timeMs, context);
  return value.type === 'vector' ? value.samples : [];
}

function instantSelector(expr: SelectorExpr, timeMs: number, context: Context): readonly VectorSample[] {
  return context.series.flatMap((series): VectorSample[] => {
    if (!matches(series.labels, expr.matchers)) return [];
    const value = valueAt(series, instantOf(expr, timeMs, context) - expr.offsetMs, context.lookbackMs);
    return value === undefined ? [] : [{ labels: series.labels, value }];
  });
}

function instantOf({ at }: SelectorExpr | SubqueryExpr, timeMs: number, { queryMs }: Context): number {
  if (at === undefined) return timeMs;
  return at === 'query' ? queryMs : at;
}

function call(expr: CallExpr, timeMs: number, context: Context): PromValue {
  const { name, args } = expr;
  switch (name) {
    case 'time':
      return { type: 'scalar', value: timeMs / 1000 };
    case 'pi':
      return { type: 'scalar', value: Math.PI };
    case 'label_replace':
    case 'label_join': {
      const texts = args.slice(1).map((arg) => evaluate(arg, timeMs, context));
      const given = texts.map((text) => (text.type === 'string' ? text.value : ''));
      return { type: 'vector', samples: relabel(name, vectorOf(args[0]!, timeMs, context), given) };
    }
    case 'vector':
      return { type: 'vector', samples: [{ labels: {}, value: scalarOf(evaluate(args[0]!, timeMs, context)) }] };
    case 'scalar': {
      const samples = vectorOf(args[0]!, timeMs, context);
      return { type: 'scalar', value: samples.length === 1 ? samples[0]!.value : Number.NaN };
    }
    case 'absent': {
      const isPresent = vectorOf(args[0]!, timeMs, context).length > 0;
      return { type: 'vector', samples: isPresent ? [] : [{ labels: labelsOfAbsent(args[0]!), value: 1 }] };
    }
  }
  const range = args.map(unwrapped).find((arg) => arg.kind === 'subquery' || isRange(arg));
  if (range) return overRange(expr, range as SelectorExpr | SubqueryExpr, timeMs, context);
  if (args.length === 0) {
    const now = vectorFunction(name, [{ labels: {}, value: timeMs / 1000 }], []);
    if (now) return { type: 'vector', samples: now };
  }
  const values = args.map((arg) => evaluate(arg, timeMs, context));
  const vector = values.find((value) => value.type === 'vector');
  const numbers = values.flatMap((value) => (value.type === 'scalar' ? [value.value] : []));
  const samples = vectorFunction(name, vector?.type === 'vector' ? vector.samples : [], numbers);
  if (!samples) throw evaluationError(`${name} cannot be evaluated`);
  return name.startsWith('sort') ? { type: 'vector', samples } : distinct(samples);
}

function isRange(expr: PromExpr): boolean {
  return expr.kind === 'selector' && expr.rangeMs !== undefined;
}

function overRange(
  { name, args }: CallExpr,
  range: SelectorExpr | SubqueryExpr,
  timeMs: number,
  context: Context,
): PromValue {
  const endMs = instantOf(range, timeMs, context) - range.offsetMs;
  const startMs = endMs - range.rangeMs!;
  const windows =
    range.kind === 'subquery'
      ? subqueryWindows(range, startMs, endMs, context)
      : selectorWindows(range, startMs, endMs, context);
  if (name === 'absent_over_time')
    return { type: 'vector', samples: windows.length > 0 ? [] : [{ labels: labelsOfAbsent(range), value: 1 }] };
  const parameter = args.find((arg) => unwrapped(arg) !== range);
  const number = parameter ? scalarOf(evaluate(parameter, timeMs, context)) : Number.NaN;
  const keepsName = name === 'last_over_time' || name === 'first_over_time';
  return distinct(
    windows.flatMap(({ labels, points }): VectorSample[] => {
      const value = ofWindow(name, points, { startMs, endMs, timeMs, number });
      return value === undefined ? [] : [{ labels: keepsName ? labels : withoutName(labels), value }];
    }),
  );
}

interface WindowBounds {
  readonly startMs: number;
  readonly endMs: number;
  /** Of the evaluation, whatever the offset. */
  readonly timeMs: number;
  /** The scalar argument. */
  readonly number: number;
}

function ofWindow(
  name: string,
  points: readonly Point[],
  { startMs, endMs, timeMs, number }: WindowBounds,
): number | undefined {
  switch (name) {
    case 'deriv':
      return slopeOf(points);
    case 'predict_linear':
      return predicted(points, timeMs, number);
    case 'rate':
    case 'increase':
    case 'delta':
      return extrapolatedRate({ points, startMs, endMs }, name);
    case 'irate':
    case 'idelta':
      return instantChange(points, name);
    case 'quantile_over_time':
      return sampleQuantile(
        number,
        points.map(([, value]) => value),
      );
    default:
      return OVER_TIME[name]!(points);
  }
}

type Window = Pick<Series, 'labels' | 'points'>;

function selectorWindows(expr: SelectorExpr, startMs: number, endMs: number, context: Context): readonly Window[] {
  return context.series.flatMap((series): Window[] => {
    if (!matches(series.labels, expr.matchers)) return [];
    const points = pointsWithin(series.points, startMs, endMs);
    return points.length === 0 ? [] : [{ labels: series.labels, points }];
  });
}

/** The inner expression at every multiple of the step inside (start, end] (engine.go, subqueryTimeRange). */
function subqueryWindows(expr: SubqueryExpr, startMs: number, endMs: number, context: Context): readonly Window[] {
  const stepMs = expr.stepMs ?? context.defaultStepMs;
  const windows = new Map<string, { labels: Window['labels']; points: Point[] }>();
  for (let atMs = (Math.floor(startMs / stepMs) + 1) * stepMs; atMs <= endMs; atMs += stepMs) {
    for (const { labels, value } of vectorOf(expr.inner, atMs, context)) {
      const key = labelKey(labels);
      const window = windows.get(key);
      if (window) window.points.push([atMs, value]);
      else windows.set(key, { labels, points: [[atMs, value]] });
    }
  }
  return [...windows.values()];
}
