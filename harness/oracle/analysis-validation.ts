/** What Argo refuses in a metric before it measures anything: the whole run is an Error then (utils/analysis/factory.go). */
import { type AnalysisMetric, wholeNumber } from './analysis-types.ts';
import type { ArgoFeatures } from './argo-version.ts';
import { parseGoDuration } from './go-duration.ts';

/** One sentence, or undefined when the metric is valid. */
export function problemOfMetric(metric: AnalysisMetric, features: ArgoFeatures): string | undefined {
  const count = wholeNumber(metric.count) ?? 0;
  const failureLimit = wholeNumber(metric.failureLimit) ?? 0;
  const inconclusiveLimit = wholeNumber(metric.inconclusiveLimit) ?? 0;
  const limits = features.consecutiveSuccessLimit
    ? problemOfLimits(count, failureLimit, wholeNumber(metric.consecutiveSuccessLimit) ?? 0)
    : problemOfOldLimits(count, failureLimit);
  if (limits) return limits;
  if (inconclusiveLimit < 0) return 'inconclusiveLimit must be >= 0';
  if ((wholeNumber(metric.consecutiveErrorLimit) ?? 0) < 0) return 'consecutiveErrorLimit must be >= 0';
  if (count > 0 && count < inconclusiveLimit) return 'count must be >= inconclusiveLimit';
  if (count > 1 && !metric.interval) return 'interval must be specified when count > 1';
  for (const name of ['interval', 'initialDelay'] as const) {
    const text = metric[name];
    if (text && parseGoDuration(text) === undefined) return `${name} is no duration: ${text}`;
  }
  const providers = Object.values(metric.provider).filter((one) => one !== undefined && one !== null);
  if (providers.length === 0) return 'no provider specified';
  return providers.length > 1 ? 'multiple providers specified' : undefined;
}

function problemOfLimits(count: number, failureLimit: number, successLimit: number): string | undefined {
  if (successLimit < 0) return 'consecutiveSuccessLimit must be >= 0';
  if (failureLimit < -1) return 'failureLimit must be >= 0, or -1 to be disabled';
  if (successLimit === 0 && failureLimit === -1)
    return 'failureLimit and consecutiveSuccessLimit cannot both be disabled';
  if (count > 0 && count < Math.max(0, failureLimit) + successLimit)
    return `count (${count}) must be >= failureLimit + consecutiveSuccessLimit (${Math.max(0, failureLimit)} + ${successLimit})`;
  return undefined;
}

function problemOfOldLimits(count: number, failureLimit: number): string | undefined {
  if (count > 0 && count < failureLimit) return 'count must be >= failureLimit';
  return failureLimit < 0 ? 'failureLimit must be >= 0' : undefined;
}
