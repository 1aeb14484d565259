/**
 * Is there an instant at which the query gives the recorded value?
 *
 * Argo stamps a measurement with whole seconds and queries right after the stamp, at a time it does not record; and a
 * scrape whose time is before the query may not be stored yet when the query runs. So every millisecond of the span is a
 * candidate, with each choice of late scrapes taken as not visible.
 */
import { HarnessError } from '../../errors/harness-error.ts';
import type { MetricResult } from '../conditions/evaluate-condition.ts';
import { type EvaluationOptions, evaluatePromql } from './evaluate-promql.ts';
import { selectorsOf } from './needed-samples.ts';
import type { PromExpr } from './promql-tree.ts';
import { matches, type Series } from './series.ts';

export interface ValueSearch extends EvaluationOptions {
  readonly expr: PromExpr;
  readonly series: readonly Series[];
  readonly fromMs: number;
  /** Not included. */
  readonly untilMs: number;
  readonly ingestionLagMs: number;
  readonly tolerance: number;
}

/** An execution error of Prometheus is an outcome as well. */
export type QueryOutcome = { readonly result: MetricResult } | { readonly failure: string };

export interface Candidate {
  readonly outcome: QueryOutcome;
  readonly instantMs: number;
  readonly hiddenScrapes: number;
}

/** More late scrapes than this are only hidden from the newest on, not in every combination. */
const MOST_COMBINED = 5;

/** Seven visibilities with every millisecond of a second: seconds of work at most, for a value that is not explained. */
const MOST_EVALUATIONS = 8000;

/** The first candidate that `accepts` takes; or else the first of all, unexplained. */
export function explainValue(
  given: ValueSearch,
  accepts: (outcome: QueryOutcome) => boolean,
): { readonly explained: boolean; readonly candidate: Candidate } {
  const search = { ...given, series: withinReach(given) };
  let first: Candidate | undefined;
  let evaluations = 0;
  for (const { series, hiddenScrapes } of visibilities(search)) {
    let previous: string | undefined;
    for (const instantMs of instants(search.fromMs, search.untilMs)) {
      evaluations += 1;
      if (first !== undefined && evaluations > MOST_EVALUATIONS) return { explained: false, candidate: first };
      const outcome = outcomeAt(search, series, instantMs);
      const candidate = { outcome, instantMs, hiddenScrapes };
      first ??= candidate;
      const text = JSON.stringify(outcome);
      if (text !== previous && accepts(outcome)) return { explained: true, candidate };
      previous = text;
    }
  }
  return { explained: false, candidate: first! };
}

/** Only what the expression can see from the span: evaluating is then as cheap as the query, not as the run. */
function withinReach({ expr, series, fromMs, untilMs, lookbackMs }: ValueSearch): readonly Series[] {
  const selectors = selectorsOf(expr, lookbackMs);
  return series.flatMap((one): Series[] => {
    const reaches = selectors.filter((selector) => matches(one.labels, selector.expr.matchers));
    if (reaches.length === 0) return [];
    const oldestMs = fromMs - Math.max(...reaches.map(({ reachMs }) => reachMs));
    const newestMs = untilMs + Math.max(0, ...reaches.map((selector) => -selector.expr.offsetMs));
    return [{ ...one, points: one.points.filter(([timeMs]) => timeMs >= oldestMs && timeMs <= newestMs) }];
  });
}

function outcomeAt(search: ValueSearch, series: readonly Series[], instantMs: number): QueryOutcome {
  try {
    const value = evaluatePromql(search.expr, series, instantMs, search);
    if (value.type === 'scalar') return { result: value.value };
    if (value.type === 'string') return { failure: 'Prometheus metric type not supported' };
    return { result: value.samples.map((sample) => sample.value) };
  } catch (error) {
    if (error instanceof HarnessError && error.code === 'PROMQL_EVALUATION') return { failure: error.message };
    throw error;
  }
}

/** From coarse to fine: a value that does not depend on the instant is found at once. */
function* instants(fromMs: number, untilMs: number): Generator<number> {
  const seen = new Set<number>();
  for (const stepMs of [250, 50, 10, 1])
    for (let atMs = fromMs; atMs < untilMs; atMs += stepMs) {
      if (seen.has(atMs)) continue;
      seen.add(atMs);
      yield atMs;
    }
}

function* visibilities(search: ValueSearch): Generator<{ series: readonly Series[]; hiddenScrapes: number }> {
  yield { series: search.series, hiddenScrapes: 0 };
  const late = [
    ...new Set(
      search.series.flatMap(({ points }) =>
        points
          .map(([timeMs]) => timeMs)
          .filter((timeMs) => timeMs > search.fromMs - search.ingestionLagMs && timeMs < search.untilMs),
      ),
    ),
  ].sort((a, b) => b - a);
  if (late.length === 0) return;
  const choices =
    late.length <= MOST_COMBINED
      ? Array.from({ length: 2 ** late.length - 1 }, (_, bits) => late.filter((__, index) => ((bits + 1) >> index) & 1))
      : late.map((_, index) => late.slice(0, index + 1));
  for (const hidden of choices.toSorted((a, b) => a.length - b.length)) {
    const times = new Set(hidden);
    const series = search.series.map((one) => ({
      ...one,
      points: one.points.filter(([timeMs]) => !times.has(timeMs)),
    }));
    yield { series, hiddenScrapes: hidden.length };
  }
}

/** Equal as multisets: the order of several series is Prometheus' own affair. */
export function isSameResult(a: MetricResult, b: MetricResult, tolerance: number): boolean {
  if (typeof a === 'number' || typeof b === 'number')
    return typeof a === 'number' && typeof b === 'number' && isClose(a, b, tolerance);
  if (a.length !== b.length) return false;
  const [left, right] = [a.toSorted(byValue), b.toSorted(byValue)];
  return left.every((value, index) => isClose(value, right[index]!, tolerance));
}

function byValue(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  return Number.isNaN(b) ? -1 : a - b;
}

function isClose(a: number, b: number, tolerance: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  return Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
}
