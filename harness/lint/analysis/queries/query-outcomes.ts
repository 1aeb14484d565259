/** What a query answers on synthetic series of known traffic: facts that its text alone does not show. */
import { HarnessError } from '../../../errors/harness-error.ts';
import type { MetricResult } from '../../../oracle/conditions/evaluate-condition.ts';
import { evaluatePromql } from '../../../oracle/promql/evaluate-promql.ts';
import { selectorsOf } from '../../../oracle/promql/needed-samples.ts';
import { childrenOf, isComparison, type PromExpr } from '../../../oracle/promql/promql-tree.ts';
import type { Series } from '../../../oracle/promql/series.ts';
import type { ReleaseArm } from './release-arms.ts';
import { type Synthetic, seriesOf, syntheticSeries, type World } from './synthetic-series.ts';

const MOST_SAMPLES = 3000;
const GOOD = { ratePerSecond: 50, badShare: 0, latencySeconds: 0.1 };
const USUAL = { ratePerSecond: 50, badShare: 0.01, latencySeconds: 0.1 };
const WORSE = { ratePerSecond: 50, badShare: 0.4, latencySeconds: 2 };
const DEAD = { ratePerSecond: 50, badShare: 1, latencySeconds: 0.1 };
const IDLE = { ratePerSecond: 0, badShare: 0, latencySeconds: 0.1 };

export interface QueryOutcomes {
  /** Answers with traffic as usual, in the form that conditions see. */
  readonly usual: MetricResult;
  /** Every selector found series, so that an empty answer is the query's own doing. */
  readonly isComplete: boolean;
  /** Before there is any series. */
  readonly isEmptyWithoutSeries: boolean;
  /** At some time: then, or when a comparison leaves nothing. */
  readonly canBeEmpty: boolean;
  /** Whose idleness makes it NaN. */
  readonly nanWhenIdle: 'both' | 'canary' | 'stable' | undefined;
  readonly isAlwaysEmpty: boolean;
  readonly isAlwaysNaN: boolean;
  /** The answer when this share of the canary's (and of the stable version's) requests fails. */
  atBadShare(canary: number, stable?: number): MetricResult;
  /** The answer about a canary that has answered nothing but errors: nobody has counted a good answer of it yet. */
  readonly onlyErrors: MetricResult;
  /** Ten times the traffic, ten times the answer: no share. */
  readonly growsWithTraffic: boolean;
  /** The same at ten times the traffic. */
  readonly ignoresTraffic: boolean;
  /** The answer in the unit of the latency: 1 for seconds, 1000 for milliseconds; undefined when it is no latency. */
  readonly latencyUnitsPerSecond: number | undefined;
  /** Exchanging what canary and stable do changes nothing. */
  readonly mixesArms: boolean;
  /** Nothing that the canary does changes it. */
  readonly ignoresCanary: boolean;
}

/** Undefined when the query cannot be evaluated on such series, which says nothing about it. */
export function queryOutcomes(expr: PromExpr, arms: readonly ReleaseArm[]): QueryOutcomes | undefined {
  try {
    const reachMs = Math.max(0, ...selectorsOf(expr).map((one) => one.reachMs));
    const synthetic = syntheticSeries(expr, arms, reachMs);
    // a day of seconds is not worth its time
    return synthetic.endMs / synthetic.stepMs > MOST_SAMPLES ? undefined : outcomesOf(expr, synthetic);
  } catch (error) {
    if (error instanceof HarnessError) return undefined;
    throw error;
  }
}

function outcomesOf(expr: PromExpr, synthetic: Synthetic): QueryOutcomes {
  const ask = (world: World) => answerOf(expr, synthetic, seriesOf(synthetic, world));
  const usual = ask({ canary: USUAL, stable: USUAL });
  const worse = ask({ canary: WORSE, stable: USUAL });
  const busy = ask({ canary: times(USUAL, 10), stable: times(USUAL, 10) });
  const slower = ask({ canary: { ...USUAL, latencySeconds: 0.2 }, stable: { ...USUAL, latencySeconds: 0.2 } });
  const stableWorse = ask({ canary: USUAL, stable: WORSE });
  const all = [usual, worse, busy, stableWorse, ask({ canary: GOOD, stable: GOOD })];
  const none = answerOf(expr, synthetic, []);
  const nan = (world: World) => valuesOf(ask(world)).some(Number.isNaN);
  const canaryIdle = nan({ canary: IDLE, stable: USUAL });
  const stableIdle = nan({ canary: USUAL, stable: IDLE });
  const bothIdle = nan({ canary: IDLE, stable: IDLE });
  const canBeFiltered = hasFilter(expr);
  return {
    usual,
    isComplete: synthetic.isComplete,
    isEmptyWithoutSeries: isEmpty(none),
    canBeEmpty: isEmpty(none) || canBeFiltered || all.some(isEmpty),
    nanWhenIdle: canaryIdle ? 'canary' : stableIdle ? 'stable' : bothIdle ? 'both' : undefined,
    isAlwaysEmpty: synthetic.isComplete && !canBeFiltered && all.every(isEmpty),
    isAlwaysNaN: all.every((answer) => !isEmpty(answer) && valuesOf(answer).every(Number.isNaN)),
    atBadShare: (canary, stable = 0) =>
      ask({ canary: { ...GOOD, badShare: canary }, stable: { ...GOOD, badShare: stable } }),
    onlyErrors: answerOf(
      expr,
      synthetic,
      seriesOf({ ...synthetic, templates: synthetic.templates.filter(isEverCounted) }, { canary: DEAD, stable: GOOD }),
    ),
    growsWithTraffic: isFactor(usual, busy, 10),
    ignoresTraffic: isFactor(usual, busy, 1),
    latencyUnitsPerSecond: followsLatency(usual, slower) ? unitOf(usual) : undefined,
    mixesArms: !isEmpty(worse) && isSame(worse, stableWorse) && !isSame(worse, usual),
    ignoresCanary:
      synthetic.isComplete &&
      !canBeFiltered &&
      isSame(usual, worse) &&
      isSame(usual, ask({ canary: IDLE, stable: USUAL })),
  };
}

/** A counter exists from the first request that it counts. */
function isEverCounted({ arm, share }: Synthetic['templates'][number]): boolean {
  return arm !== 'canary' || share(DEAD) > 0;
}

function times(traffic: World['canary'], factor: number): World['canary'] {
  return { ...traffic, ratePerSecond: traffic.ratePerSecond * factor };
}

function answerOf(expr: PromExpr, { endMs }: Synthetic, series: readonly Series[]): MetricResult {
  const value = evaluatePromql(expr, series, endMs);
  if (value.type === 'vector') return value.samples.map((sample) => sample.value);
  return value.type === 'scalar' ? value.value : Number.NaN;
}

function valuesOf(answer: MetricResult): readonly number[] {
  return typeof answer === 'number' ? [answer] : answer;
}

export function isEmpty(answer: MetricResult): boolean {
  return typeof answer !== 'number' && answer.length === 0;
}

function isSame(a: MetricResult, b: MetricResult): boolean {
  const [x, y] = [valuesOf(a), valuesOf(b)];
  return x.length === y.length && x.every((value, index) => isNear(value, y[index]!));
}

function isNear(a: number, b: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b));
}

/** Every value is the other's times the factor, and none is 0 or no number. */
function isFactor(before: MetricResult, after: MetricResult, factor: number): boolean {
  const [x, y] = [valuesOf(before), valuesOf(after)];
  return (
    x.length > 0 &&
    x.length === y.length &&
    x.every((value, index) => Number.isFinite(value) && value !== 0 && isNear(value * factor, y[index]!))
  );
}

/** Twice the latency is about twice the answer: buckets are coarse. */
function followsLatency(usual: MetricResult, slower: MetricResult): boolean {
  const [x, y] = [valuesOf(usual), valuesOf(slower)];
  return (
    x.length > 0 &&
    x.length === y.length &&
    x.every((value, index) => value > 0 && y[index]! / value > 1.3 && y[index]! / value < 4)
  );
}

/** Quantiles of latencies of 100 ms on average lie between 0 and 200 ms. */
function unitOf(answer: MetricResult): number | undefined {
  const values = valuesOf(answer);
  if (values.every((value) => value > 0.001 && value < 1)) return 1;
  return values.every((value) => value > 1 && value < 1000) ? 1000 : undefined;
}

/** A comparison without `bool`, and what is meant to be empty in good times. */
function hasFilter(expr: PromExpr): boolean {
  if (expr.kind === 'binary' && isComparison(expr.operator) && !expr.returnBool) return true;
  if (expr.kind === 'binary' && expr.operator === 'unless') return true;
  if (expr.kind === 'call' && expr.name.startsWith('absent')) return true;
  return childrenOf(expr).some(hasFilter);
}
