/**
 * An AnalysisRun as a pure machine: which metrics are due, and what a reconciliation with their measurements leads to
 * (argo-rollouts analysis/analysis.go: generateMetricTasks, runMeasurements, assessRunStatus, calculateNextReconcileTime).
 *
 * The caller gives every time. Argo reconciles at `nextAtMs`, and again at once whenever the status has changed. Times
 * that reach the API server lose their milliseconds, which is why a period is up to one second shorter than it says.
 */

import { type AnalysisMetric, type AnalysisPhase, type AnalysisRunSpec, isCompleted } from './analysis-types.ts';
import { problemOfMetric } from './analysis-validation.ts';
import type { ArgoFeatures } from './argo-version.ts';
import { parseGoDuration } from './go-duration.ts';
import {
  effectiveCount,
  type MetricCounters,
  metricVerdict,
  NO_MEASUREMENTS,
  withMeasurement,
} from './metric-verdict.ts';
import { goPattern } from './promql/promql-literals.ts';

export interface MetricState {
  readonly phase: AnalysisPhase;
  readonly counters: MetricCounters;
  readonly reason: string;
  readonly lastPhase: AnalysisPhase;
  /** Whole seconds, as persisted. */
  readonly lastFinishedMs: number;
}

export interface AnalysisState {
  /** Undefined before the first reconciliation; whole seconds. */
  readonly startedMs: number | undefined;
  readonly phase: AnalysisPhase | undefined;
  readonly reason: string;
  /** Only metrics that were measured at least once. */
  readonly metrics: Readonly<Record<string, MetricState>>;
}

export const NEW_ANALYSIS: AnalysisState = { startedMs: undefined, phase: undefined, reason: '', metrics: {} };

const ERROR_RETRY_MS = 10_000;
/** From best to worst. */
const ORDER: readonly AnalysisPhase[] = ['Successful', 'Running', 'Pending', 'Inconclusive', 'Error', 'Failed'];

export function isDryRun(spec: AnalysisRunSpec, metric: string): boolean {
  return (spec.dryRun ?? []).some(({ metricName }) => goPattern(metricName)?.test(metric) === true);
}

/** Told to stop, or a metric that counts has gone wrong: nothing new is measured. */
function isTerminating(spec: AnalysisRunSpec, state: AnalysisState): boolean {
  if (spec.terminate) return true;
  return Object.entries(state.metrics).some(
    ([name, { phase }]) => isCompleted(phase) && phase !== 'Successful' && !isDryRun(spec, name),
  );
}

/** Names of the metrics that a reconciliation at this time measures. */
export function dueMetrics(spec: AnalysisRunSpec, state: AnalysisState, nowMs: number): readonly string[] {
  if (isCompleted(state.phase) || isTerminating(spec, state)) return [];
  return spec.metrics.filter((metric) => isDue(metric, state, nowMs)).map(({ name }) => name);
}

function isDue(metric: AnalysisMetric, state: AnalysisState, nowMs: number): boolean {
  const known = state.metrics[metric.name];
  if (!known) {
    if (!metric.initialDelay) return true;
    const delayMs = parseGoDuration(metric.initialDelay);
    return state.startedMs !== undefined && delayMs !== undefined && state.startedMs + delayMs <= nowMs;
  }
  if (isCompleted(known.phase)) return false;
  const count = effectiveCount(metric);
  if (count !== undefined && known.counters.count >= count) return false;
  return nowMs > known.lastFinishedMs + periodMs(metric, known.lastPhase);
}

function periodMs(metric: AnalysisMetric, lastPhase: AnalysisPhase): number {
  if (lastPhase === 'Error' || !metric.interval) return ERROR_RETRY_MS;
  return parseGoDuration(metric.interval) ?? ERROR_RETRY_MS;
}

export interface Measured {
  readonly phase: AnalysisPhase;
  /** Exact; the machine keeps whole seconds. */
  readonly finishedMs: number;
}

export interface Reconciliation {
  readonly state: AnalysisState;
  /** When Argo looks again by itself; undefined when it does not. */
  readonly nextAtMs: number | undefined;
}

/** One reconciliation that took these measurements (of metrics that were due). Completed runs do not change. */
export function reconcileAnalysis(
  spec: AnalysisRunSpec,
  state: AnalysisState,
  measured: Readonly<Record<string, Measured>>,
  nowMs: number,
  features: ArgoFeatures,
): Reconciliation {
  if (isCompleted(state.phase)) return { state, nextAtMs: undefined };
  const problem = problemOfSpec(spec, features);
  if (problem)
    return {
      state: { ...state, phase: 'Error', reason: `Analysis spec invalid: ${problem}` },
      nextAtMs: undefined,
    };
  // As the controller sees it: decided by the phases before this reconciliation.
  const terminating = isTerminating(spec, state);
  const metrics: Record<string, MetricState> = { ...state.metrics };
  for (const metric of spec.metrics) {
    const fresh = measured[metric.name];
    const before = metrics[metric.name];
    const now: MetricState | undefined = fresh
      ? {
          phase: before?.phase ?? 'Running',
          counters: withMeasurement(before?.counters ?? NO_MEASUREMENTS, fresh.phase),
          reason: before?.reason ?? '',
          lastPhase: fresh.phase,
          lastFinishedMs: fresh.finishedMs,
        }
      : before;
    if (!now) continue;
    const verdict = metricVerdict(metric, now, terminating, features);
    metrics[metric.name] = verdict.phase === now.phase ? now : { ...now, ...verdict };
  }
  const exact: AnalysisState = { ...state, startedMs: state.startedMs ?? nowMs, metrics };
  const { phase, reason } = runVerdict(spec, exact, terminating);
  const nextAtMs = isCompleted(phase) ? undefined : nextReconciliation(spec, exact, nowMs);
  return { state: persisted({ ...exact, phase, reason }), nextAtMs };
}

function problemOfSpec(spec: AnalysisRunSpec, features: ArgoFeatures): string | undefined {
  const names = spec.metrics.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) < index);
  if (names.length === 0) return 'no metrics specified';
  if (repeated !== undefined) return `duplicate name '${repeated}'`;
  for (const metric of spec.metrics) {
    const problem = problemOfMetric(metric, features);
    if (problem) return `metric ${metric.name}: ${problem}`;
  }
  const dead = (spec.dryRun ?? []).findIndex(
    ({ metricName }) => !names.some((name) => goPattern(metricName)?.test(name) === true),
  );
  return dead < 0 ? undefined : `dryRun[${dead}]: Rule didn't match any metric name(s)`;
}

function persisted(state: AnalysisState): AnalysisState {
  const floor = (timeMs: number) => Math.floor(timeMs / 1000) * 1000;
  return {
    ...state,
    startedMs: state.startedMs === undefined ? undefined : floor(state.startedMs),
    metrics: Object.fromEntries(
      Object.entries(state.metrics).map(([name, metric]) => [
        name,
        { ...metric, lastFinishedMs: floor(metric.lastFinishedMs) },
      ]),
    ),
  };
}

/** The worst metric decides once all are done, or at once when the run is terminating. */
export function runVerdict(
  spec: AnalysisRunSpec,
  state: AnalysisState,
  terminating: boolean,
): { readonly phase: AnalysisPhase; readonly reason: string } {
  let worst: AnalysisPhase | undefined;
  let reason = '';
  let everythingCompleted = true;
  for (const { name } of spec.metrics) {
    const metric = state.metrics[name];
    if (!metric || !isCompleted(metric.phase)) {
      everythingCompleted = false;
    } else if (isDryRun(spec, name)) {
      worst ??= 'Successful';
    } else if (worst === undefined || ORDER.indexOf(metric.phase) > ORDER.indexOf(worst)) {
      worst = metric.phase;
      reason = metric.phase === 'Successful' ? '' : `metric ${name} is ${metric.phase}: ${metric.reason}`;
    }
  }
  if (terminating) return { phase: worst ?? 'Successful', reason };
  if (!everythingCompleted || worst === undefined) return { phase: 'Running', reason: '' };
  return { phase: worst, reason };
}

function nextReconciliation(spec: AnalysisRunSpec, state: AnalysisState, nowMs: number): number | undefined {
  const times = spec.metrics.flatMap((metric): number[] => {
    const known = state.metrics[metric.name];
    if (!known) {
      const delayMs = metric.initialDelay ? parseGoDuration(metric.initialDelay) : undefined;
      return delayMs === undefined ? [] : [(state.startedMs ?? nowMs) + delayMs];
    }
    const count = effectiveCount(metric);
    if (isCompleted(known.phase) || (count !== undefined && known.counters.count >= count)) return [];
    if (known.lastPhase !== 'Error' && !metric.interval) return [];
    return [known.lastFinishedMs + periodMs(metric, known.lastPhase)];
  });
  return times.length === 0 ? undefined : Math.min(...times);
}
