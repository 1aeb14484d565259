/**
 * Counters of one metric and the verdict that they lead to (argo-rollouts analysis/analysis.go: runMeasurements,
 * assessMetricStatus, assessMetricFailureInconclusiveOrError). Limits count in total, never in a row, except those whose
 * names say "consecutive"; `failureLimit: 3` needs the fourth failure.
 */
import { type AnalysisMetric, type AnalysisPhase, isCompleted, wholeNumber } from './analysis-types.ts';
import type { ArgoFeatures } from './argo-version.ts';

export interface MetricCounters {
  /** Measurements that are not errors. */
  readonly count: number;
  readonly successful: number;
  readonly failed: number;
  readonly inconclusive: number;
  readonly error: number;
  readonly consecutiveError: number;
  readonly consecutiveSuccess: number;
}

export const NO_MEASUREMENTS: MetricCounters = {
  count: 0,
  successful: 0,
  failed: 0,
  inconclusive: 0,
  error: 0,
  consecutiveError: 0,
  consecutiveSuccess: 0,
};

/** Errors do not count towards `count`, so an error is measured again. */
export function withMeasurement(counters: MetricCounters, phase: AnalysisPhase): MetricCounters {
  const counted = { ...counters, count: counters.count + 1, consecutiveError: 0, consecutiveSuccess: 0 };
  switch (phase) {
    case 'Successful':
      return {
        ...counted,
        successful: counters.successful + 1,
        consecutiveSuccess: counters.consecutiveSuccess + 1,
      };
    case 'Failed':
      return { ...counted, failed: counters.failed + 1 };
    case 'Inconclusive':
      return { ...counted, inconclusive: counters.inconclusive + 1 };
    case 'Error':
      return {
        ...counters,
        error: counters.error + 1,
        consecutiveError: counters.consecutiveError + 1,
        consecutiveSuccess: 0,
      };
    default:
      return counters;
  }
}

const CONSECUTIVE_ERROR_LIMIT = 4;

/** How many measurements are taken; undefined: until the run ends. */
export function effectiveCount(metric: AnalysisMetric): number | undefined {
  const count = wholeNumber(metric.count) ?? 0;
  if (count !== 0) return count;
  return metric.interval ? undefined : 1;
}

export interface MetricVerdict {
  readonly phase: AnalysisPhase;
  /** Which limit decided, in Argo's words; empty when none did. */
  readonly reason: string;
}

/** `isTerminating`: the run was told to stop, or another metric of it has already gone wrong. */
export function metricVerdict(
  metric: AnalysisMetric,
  { counters, phase }: { readonly counters: MetricCounters; readonly phase: AnalysisPhase },
  isTerminating: boolean,
  features: ArgoFeatures,
): MetricVerdict {
  if (isCompleted(phase)) return { phase, reason: '' };
  if (counters.count + counters.error === 0) return { phase: isTerminating ? 'Successful' : 'Pending', reason: '' };
  const violated = violatedLimit(metric, counters);
  if (violated) return violated;
  const successLimit = features.consecutiveSuccessLimit ? (wholeNumber(metric.consecutiveSuccessLimit) ?? 0) : 0;
  if (successLimit > 0 && counters.consecutiveSuccess >= successLimit)
    return { phase: 'Successful', reason: `consecutiveSuccessLimit (${successLimit}) reached` };
  const count = effectiveCount(metric);
  if (count !== undefined && counters.count >= count) {
    const hasFailureLimit = (wholeNumber(metric.failureLimit) ?? 0) >= 0;
    if (successLimit > 0)
      return {
        phase: hasFailureLimit ? 'Inconclusive' : 'Failed',
        reason: `consecutiveSuccessLimit (${successLimit}) not reached in ${count} measurements`,
      };
    return { phase: 'Successful', reason: `count (${count}) reached` };
  }
  return { phase: isTerminating ? 'Successful' : 'Running', reason: isTerminating ? 'run terminated' : '' };
}

/** The later of these overrides the earlier: failed, inconclusive, error. */
function violatedLimit(metric: AnalysisMetric, counters: MetricCounters): MetricVerdict | undefined {
  const failureLimit = wholeNumber(metric.failureLimit) ?? 0;
  const inconclusiveLimit = wholeNumber(metric.inconclusiveLimit) ?? 0;
  const errorLimit = wholeNumber(metric.consecutiveErrorLimit) ?? CONSECUTIVE_ERROR_LIMIT;
  let verdict: MetricVerdict | undefined;
  if (failureLimit >= 0 && counters.failed > failureLimit)
    verdict = { phase: 'Failed', reason: `failed (${counters.failed}) > failureLimit (${failureLimit})` };
  if (counters.inconclusive > inconclusiveLimit)
    verdict = {
      phase: 'Inconclusive',
      reason: `inconclusive (${counters.inconclusive}) > inconclusiveLimit (${inconclusiveLimit})`,
    };
  if (counters.consecutiveError > errorLimit)
    verdict = {
      phase: 'Error',
      reason: `consecutiveErrors (${counters.consecutiveError}) > consecutiveErrorLimit (${errorLimit})`,
    };
  return verdict;
}
