/**
 * The parts of an AnalysisRun (argoproj.io/v1alpha1) that decide its outcome, as the API server gives them (JSON).
 *
 * Queries and conditions are those of the run, with `{{args.x}}` still in them; times have whole seconds.
 */
export type AnalysisPhase = 'Pending' | 'Running' | 'Successful' | 'Failed' | 'Error' | 'Inconclusive';

/** Kubernetes' IntOrString; a text that is no whole number counts as 0. */
export type IntOrText = number | string;

export interface AnalysisMetric {
  readonly name: string;
  /** Go durations, such as `1m30s`. */
  readonly interval?: string;
  readonly initialDelay?: string;
  readonly count?: IntOrText;
  readonly successCondition?: string;
  readonly failureCondition?: string;
  readonly failureLimit?: IntOrText;
  readonly inconclusiveLimit?: IntOrText;
  readonly consecutiveErrorLimit?: IntOrText;
  /** Since Argo Rollouts 1.8; earlier versions have no such field. */
  readonly consecutiveSuccessLimit?: IntOrText;
  readonly provider: {
    readonly prometheus?: { readonly query?: string; readonly rangeQuery?: unknown };
    readonly [other: string]: unknown;
  };
}

export interface AnalysisArgument {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: unknown;
}

export interface AnalysisRunSpec {
  readonly metrics: readonly AnalysisMetric[];
  readonly args?: readonly AnalysisArgument[];
  /** Regular expressions of metric names. */
  readonly dryRun?: readonly { readonly metricName: string }[];
  readonly terminate?: boolean;
}

export interface AnalysisMeasurement {
  readonly phase: AnalysisPhase;
  /** RFC 3339. */
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly value?: string;
  readonly message?: string;
}

export interface AnalysisMetricResult {
  readonly name: string;
  readonly phase: AnalysisPhase;
  readonly message?: string;
  /** The last ones only (10 unless measurementRetention says otherwise). */
  readonly measurements?: readonly AnalysisMeasurement[];
  readonly count?: number;
  readonly successful?: number;
  readonly failed?: number;
  readonly inconclusive?: number;
  readonly error?: number;
  readonly consecutiveError?: number;
  readonly consecutiveSuccess?: number;
  readonly dryRun?: boolean;
}

export interface AnalysisRun {
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly spec: AnalysisRunSpec;
  readonly status?: {
    readonly phase?: AnalysisPhase;
    readonly message?: string;
    readonly startedAt?: string;
    readonly metricResults?: readonly AnalysisMetricResult[];
  };
}

export function isCompleted(phase: AnalysisPhase | undefined): boolean {
  return phase === 'Successful' || phase === 'Failed' || phase === 'Error' || phase === 'Inconclusive';
}

export function wholeNumber(value: IntOrText | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number') return value;
  return /^[+-]?\d+$/.test(value) ? Number(value) : 0;
}
