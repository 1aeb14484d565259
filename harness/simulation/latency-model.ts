/** How long answers take: the share of them up to a bucket's bound, of an assumed or a measured distribution. */
import type { Latency, LognormalLatency, MeasuredLatency } from '../../reports/model/simulation/latency.ts';
import { usageError } from '../errors/harness-error.ts';
import { normalQuantile, normalTwoSidedTail } from '../stats/special-functions.ts';

const isMeasured = (latency: Latency): latency is MeasuredLatency => 'boundsMs' in latency;

/** Share of answers up to each bound, 0 to 1. */
export function sharesBelow(latency: Latency, boundsMs: readonly number[]): number[] {
  const { slow, ...plain } = latency;
  if (slow) {
    const quick = sharesBelow(plain, boundsMs);
    const late = sharesBelow(timesSlower(plain, slow.times), boundsMs);
    return quick.map((share, index) => share * (1 - slow.share) + late[index]! * slow.share);
  }
  return boundsMs.map((bound) => (isMeasured(plain) ? measuredShare(plain, bound) : lognormalShare(plain, bound)));
}

function timesSlower(latency: Latency, times: number): Latency {
  if (isMeasured(latency)) return { ...latency, boundsMs: latency.boundsMs.map((bound) => bound * times) };
  return { ...latency, medianMs: latency.medianMs * times };
}

function lognormalShare({ medianMs, sigma }: LognormalLatency, bound: number): number {
  if (sigma === 0) return bound >= medianMs ? 1 : 0;
  const z = Math.log(bound / medianMs) / sigma;
  return z < 0 ? normalTwoSidedTail(z) / 2 : 1 - normalTwoSidedTail(z) / 2;
}

/** Exact at the bounds of the bins, even in between, as Prometheus takes its buckets; nothing above the last is below any bound. */
function measuredShare({ boundsMs, counts }: MeasuredLatency, bound: number): number {
  const all = counts.reduce((sum, count) => sum + count, 0);
  let below = 0;
  let fromMs = 0;
  for (const [index, toMs] of boundsMs.entries()) {
    if (bound < toMs) return (below + (counts[index]! * Math.max(0, bound - fromMs)) / (toMs - fromMs)) / all;
    below += counts[index]!;
    fromMs = toMs;
  }
  return below / all;
}

/** The sigma with which a share of the answers is slower than a bound (above the median). */
export function sigmaForSlowShare(medianMs: number, boundMs: number, slowShare: number): number {
  return Math.log(boundMs / medianMs) / normalQuantile(1 - slowShare);
}

/** Answers that the measurement has; undefined where nothing was measured. */
export function measuredAnswers(latency: Latency): number | undefined {
  return isMeasured(latency) ? latency.counts.reduce((sum, count) => sum + count, 0) : undefined;
}

/**
 * What a measurement leaves open at a bucket's bound: the share (0 to 1) of its answers in the bin around that bound; 0
 * where the bound is one of the bins' own.
 */
export function undecidedShare(latency: Latency, boundMs: number): number {
  if (!isMeasured(latency) || latency.boundsMs.includes(boundMs)) return 0;
  const index = latency.boundsMs.findIndex((bound) => bound > boundMs);
  const inBin = latency.counts[index < 0 ? latency.boundsMs.length : index] ?? 0;
  return inBin / measuredAnswers(latency)!;
}

/** @throws HarnessError (exit 2) SIMULATION_LATENCY */
export function checkLatency(latency: Latency): void {
  const { slow } = latency;
  const isSlow = !slow || (slow.share > 0 && slow.share <= 1 && slow.times >= 1 && Number.isFinite(slow.times));
  const isFine = isMeasured(latency)
    ? isMeasurement(latency)
    : latency.medianMs > 0 && latency.sigma >= 0 && Number.isFinite(latency.medianMs + latency.sigma);
  if (isFine && isSlow) return;
  const found = isMeasured(latency)
    ? `${latency.counts.length} counts for ${latency.boundsMs.length} bounds`
    : `${latency.medianMs} ms and ${latency.sigma}`;
  throw usageError(
    'SIMULATION_LATENCY',
    `latency needs a median above 0 and sigma of at least 0, or ascending bounds with a count for each bin and one more, and a slow share of 0 to 1 that is 1 or more times slower, not ${found}${slow ? `, ${slow.share} and ${slow.times} times` : ''}`,
    { where: '--latency, --canary-latency, --bad' },
  );
}

function isMeasurement({ boundsMs, counts }: MeasuredLatency): boolean {
  const isAscending = boundsMs.every((bound, index) => bound > (boundsMs[index - 1] ?? 0) && Number.isFinite(bound));
  const isCounted =
    counts.length === boundsMs.length + 1 && counts.every((one) => Number.isSafeInteger(one) && one >= 0);
  return boundsMs.length > 0 && isAscending && isCounted && counts.some((one) => one > 0);
}
