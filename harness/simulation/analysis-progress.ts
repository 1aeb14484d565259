/** One AnalysisRun of a simulated release: the oracle's machine, fed with measurements of the simulated series. */

import type { Cause } from '../../reports/model/simulation/release-figures.ts';
import { HarnessError } from '../errors/harness-error.ts';
import {
  type AnalysisState,
  dueMetrics,
  isDryRun,
  NEW_ANALYSIS,
  reconcileAnalysis,
} from '../oracle/analysis-machine.ts';
import { type AnalysisPhase, type AnalysisRunSpec, isCompleted } from '../oracle/analysis-types.ts';
import type { ArgoFeatures } from '../oracle/argo-version.ts';
import type { MetricResult } from '../oracle/conditions/evaluate-condition.ts';
import type { measurementJudge } from '../oracle/measurement-phase.ts';
import type { CompiledQuery } from './compile/compile-query.ts';

export interface CompiledMetric {
  readonly name: string;
  readonly query: CompiledQuery;
  readonly judge: ReturnType<typeof measurementJudge>;
}

export interface CompiledAnalysis {
  readonly spec: AnalysisRunSpec;
  readonly metrics: ReadonlyMap<string, CompiledMetric>;
}

export interface Measurement {
  readonly metric: string;
  readonly atMs: number;
  readonly phase: AnalysisPhase;
  /** Undefined: the query itself failed. */
  readonly result: MetricResult | undefined;
}

/** What sees every measurement: the judge of the compiled path, and timelines. */
export type Observer = (measurement: Measurement, metric: CompiledMetric) => void;

interface AnalysisSurroundings {
  readonly features: ArgoFeatures;
  readonly observe: Observer | undefined;
  /** Whether Prometheus answers no query then. */
  readonly isAway: (timeMs: number) => boolean;
}

export class AnalysisProgress {
  readonly #compiled: CompiledAnalysis;
  readonly #features: ArgoFeatures;
  readonly #observe: Observer | undefined;
  readonly #causes = new Map<string, Cause>();
  #state: AnalysisState = NEW_ANALYSIS;
  readonly #isAway: (timeMs: number) => boolean;
  nextAtMs: number;
  /** When the controller can see that the run has ended: its last query has answered. */
  endedAtMs = Number.POSITIVE_INFINITY;

  constructor(compiled: CompiledAnalysis, startMs: number, { features, observe, isAway }: AnalysisSurroundings) {
    this.#compiled = compiled;
    this.#features = features;
    this.#observe = observe;
    this.#isAway = isAway;
    this.nextAtMs = startMs;
  }

  get phase(): AnalysisPhase | undefined {
    return this.#state.phase;
  }

  phaseAt(nowMs: number): AnalysisPhase {
    return nowMs >= this.endedAtMs ? (this.#state.phase ?? 'Running') : 'Running';
  }

  get reason(): string {
    return this.#state.reason;
  }

  /** Of the last bad measurement of the metric that decided. */
  get cause(): Cause {
    const { spec } = this.#compiled;
    const deciding = spec.metrics.find(
      ({ name }) => this.#state.metrics[name]?.phase === this.#state.phase && !isDryRun(spec, name),
    );
    return this.#causes.get(deciding?.name ?? '') ?? 'value';
  }

  /** Measures what is due; measurements end `queryLatencyMs` later. */
  reconcile(nowMs: number, queryLatencyMs: number): void {
    const { spec } = this.#compiled;
    const measured: Record<string, { readonly phase: AnalysisPhase; readonly finishedMs: number }> = {};
    const due = dueMetrics(spec, this.#state, nowMs);
    const finishedMs = due.length === 0 ? nowMs : nowMs + queryLatencyMs;
    for (const name of due) measured[name] = { phase: this.#measure(name, nowMs), finishedMs };
    const first = reconcileAnalysis(spec, this.#state, measured, finishedMs, this.#features);
    this.#state = first.state;
    // Argo looks again at once when the status has changed: a metric that has gone wrong ends the others.
    if (!isCompleted(this.#state.phase) && due.some((name) => isCompleted(this.#state.metrics[name]?.phase)))
      this.#state = reconcileAnalysis(spec, this.#state, {}, finishedMs, this.#features).state;
    const ended = isCompleted(this.#state.phase);
    if (ended) this.endedAtMs = finishedMs;
    const next = ended ? undefined : first.nextAtMs;
    this.nextAtMs = next === undefined ? Number.POSITIVE_INFINITY : Math.max(next, nowMs + 1);
  }

  #measure(name: string, nowMs: number): AnalysisPhase {
    const metric = this.#compiled.metrics.get(name)!;
    const result = this.#isAway(nowMs) ? undefined : resultAt(metric.query, nowMs);
    const phase = result === undefined ? 'Error' : metric.judge(result).phase;
    if (phase !== 'Successful') this.#causes.set(name, causeOf(result, phase));
    this.#observe?.({ metric: name, atMs: nowMs, phase, result }, metric);
    return phase;
  }
}

function resultAt(query: CompiledQuery, timeMs: number): MetricResult | undefined {
  try {
    return query.evaluate(timeMs);
  } catch (error) {
    if (error instanceof HarnessError && error.code === 'PROMQL_EVALUATION') return undefined;
    throw error;
  }
}

function causeOf(result: MetricResult | undefined, phase: AnalysisPhase): Cause {
  if (result === undefined) return 'no-data';
  const values = typeof result === 'number' ? [result] : result;
  if (values.length === 0) return 'no-data';
  if (values.some(Number.isNaN)) return 'nan';
  // there was a value, and the condition could not be evaluated with it
  return phase === 'Error' ? 'condition' : 'value';
}
