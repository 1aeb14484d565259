/** What a replay says about every measurement, metric and run. */
import type { AnalysisPhase } from './analysis-types.ts';

export interface ReplayOptions {
  /** Release of Argo Rollouts that made the run; default: the newest that is known. */
  readonly argoVersion?: string;
  /** Prometheus' `--query.lookback-delta`; default 5 minutes. */
  readonly lookbackMs?: number;
  /** Prometheus' `global.evaluation_interval`; default 1 minute. */
  readonly defaultStepMs?: number;
  /** A sample may become visible this much later than its own time says (a scrape takes time); default 1 second. */
  readonly ingestionLagMs?: number;
  /** Values agree when they differ by no more than this, relatively; default 1e-9 (sums in another order). */
  readonly tolerance?: number;
}

export interface MeasurementReplay {
  readonly metric: string;
  /** Position in `status.metricResults[].measurements`. */
  readonly index: number;
  readonly startedAtMs: number | null;
  readonly recordedValue: string | null;
  readonly recordedPhase: AnalysisPhase;
  /** As Argo would print it; null when the oracle could not compute it. */
  readonly oracleValue: string | null;
  readonly oraclePhase: AnalysisPhase | null;
  /** Null: not judged; `why` says what was missing. */
  readonly agrees: boolean | null;
  readonly why: string;
  /** The instant, and how many late samples were taken as not visible yet, that explain the value. */
  readonly explainedBy: { readonly instantMs: number; readonly hiddenScrapes: number } | null;
}

export interface MetricReplay {
  readonly name: string;
  readonly recordedPhase: AnalysisPhase;
  readonly oraclePhase: AnalysisPhase;
  readonly agrees: boolean;
  readonly why: string;
  readonly measurements: readonly MeasurementReplay[];
}

export interface OracleFinding {
  readonly code: 'ORACLE_DISAGREES';
  /** `measurement`: value or phase; `metric` and `run`: the verdict drawn from them. */
  readonly level: 'measurement' | 'metric' | 'run';
  readonly metric: string | null;
  readonly atMs: number | null;
  readonly sentence: string;
}

export interface RunReplay {
  readonly name: string;
  readonly recordedPhase: AnalysisPhase;
  readonly oraclePhase: AnalysisPhase;
  readonly agrees: boolean;
  readonly why: string;
  readonly metrics: readonly MetricReplay[];
  readonly findings: readonly OracleFinding[];
  readonly counts: { readonly agree: number; readonly disagree: number; readonly notJudged: number };
  /** What was allowed for when values were compared. */
  readonly allowance: { readonly tolerance: number; readonly ingestionLagMs: number; readonly instantSpanMs: number };
}
