/**
 * Is a canary worse than stable under the same load? Both arms got the same arrivals in the order stable, canary, canary,
 * stable, so that what drifts evenly meets both alike. Answers depend on each other, so every interval rests on effective
 * requests: of the share of bad answers, and for each percentile of those slower than it. Pure.
 */
import { quantileRanks } from '../../stats/order-statistic-interval.ts';
import { effectiveBounds } from '../trial/look-rule.ts';
import { binOf, type TrialBins } from '../trial/trial-bins.ts';
import { type TrialStatistics, trialStatistics, warmUpBins } from '../trial/trial-statistics.ts';
import type { KnownCapacity } from './headroom.ts';

/** Of the lower end of stable's bracket. */
export const AGAINST_LOAD = 0.8;
const QUANTILES = [0.5, 0.95, 0.99];

export interface ArmTrial {
  readonly statistics: TrialStatistics;
  readonly bins: TrialBins;
  /** Each request's: when it was due, and how long its answer took from then; Infinity: it got none, or a bad one. */
  readonly answers: { readonly dueSeconds: ArrayLike<number>; readonly latenciesMs: ArrayLike<number> };
}

/** An interval around a value; an end that cannot be bounded is infinite. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface Compared {
  readonly stable: Estimate;
  readonly canary: Estimate;
  /** Canary less stable; NaN where neither has a value. */
  readonly difference: Estimate;
}

export interface Comparison {
  /** Of bad answers. */
  readonly share: Compared;
  readonly effectiveRequests: { readonly stable: number; readonly canary: number };
  /** Milliseconds. */
  readonly quantiles: readonly (Compared & { readonly quantile: number })[];
}

export interface EqualLoad {
  readonly ratePerSecond: number;
  /** The objective's T. */
  readonly limitSeconds: number;
  readonly confidence: number;
}

export function compareArms(stable: readonly ArmTrial[], canary: readonly ArmTrial[], load: EqualLoad): Comparison {
  const [sorted, sortedCanary] = [sortedLatencies(stable), sortedLatencies(canary)];
  return {
    share: comparedTo(shareOf(stable, load.confidence), shareOf(canary, load.confidence)),
    effectiveRequests: { stable: effectiveOf(stable), canary: effectiveOf(canary) },
    quantiles: QUANTILES.map((quantile) => ({
      quantile,
      ...comparedTo(quantileOfArm(stable, sorted, quantile, load), quantileOfArm(canary, sortedCanary, quantile, load)),
    })),
  };
}

/**
 * Failed: the canary has more bad answers, and chance is no excuse. Passed: not by more than the objective allows at all.
 * Else there is too little to say.
 */
export function judgeAgainst({ share }: Comparison, objectiveShare: number): 'passed' | 'failed' | 'inconclusive' {
  const { low, high } = share.difference;
  if (low > 0) return 'failed';
  return high <= objectiveShare ? 'passed' : 'inconclusive';
}

/** What the canary holds, as a multiple of what stable holds; an end that no bracket bounds is missing. */
export function capacityRatio(stable: KnownCapacity, canary: KnownCapacity): KnownCapacity {
  const ratio = (over: number | undefined, under: number | undefined) =>
    over === undefined || under === undefined ? undefined : over / under;
  return { low: ratio(canary.low, stable.high), high: ratio(canary.high, stable.low) };
}

/**
 * Difference of two independent estimates from the interval of each (MOVER, Zou and Donner, Statistics in Medicine
 * 27(10), 2008). The arms share their arrivals, which makes a difference surer than this says, never less sure.
 */
export function comparedTo(stable: Estimate, canary: Estimate): Compared {
  const value = canary.value - stable.value;
  const low = value - Math.hypot(canary.value - canary.low, stable.high - stable.value);
  const high = value + Math.hypot(canary.high - canary.value, stable.value - stable.low);
  return { stable, canary, difference: { value, low, high } };
}

/**
 * A percentile by order statistics of a sample of dependent values: the ranks are those of as many independent ones as it
 * is worth, scaled to its length (Woodruff, Journal of the American Statistical Association 47, 1952).
 * @param sorted upwards, not empty
 */
export function quantileEstimate(
  sorted: ArrayLike<number>,
  quantile: number,
  effective: number,
  confidence: number,
): Estimate {
  const { length } = sorted;
  const value = sorted[Math.max(0, Math.ceil(quantile * length - 1e-9) - 1)]!;
  const worth = Math.floor(Math.min(effective, length));
  const ranks = worth < 1 ? { low: undefined, high: undefined } : quantileRanks(worth, quantile, confidence);
  const at = (share: number) => share * (length / worth);
  return {
    value,
    // no answer comes before its request
    low: ranks.low === undefined ? 0 : sorted[Math.floor(at(ranks.low - 1) + 1e-9)]!,
    high: ranks.high === undefined ? Infinity : sorted[Math.ceil(at(ranks.high) - 1e-9) - 1]!,
  };
}

function shareOf(arm: readonly ArmTrial[], confidence: number): Estimate {
  const requests = sum(arm.map(({ statistics }) => statistics.requests));
  const value = requests === 0 ? 0 : sum(arm.map(({ statistics }) => statistics.bad)) / requests;
  return { value, ...effectiveBounds(value, effectiveOf(arm), (1 - confidence) / 2) };
}

const effectiveOf = (arm: readonly ArmTrial[]) => sum(arm.map(({ statistics }) => statistics.effectiveRequests));

function quantileOfArm(
  arm: readonly ArmTrial[],
  sorted: Float64Array,
  quantile: number,
  { ratePerSecond, limitSeconds, confidence }: EqualLoad,
): Estimate {
  if (sorted.length === 0) return { value: Infinity, low: 0, high: Infinity };
  const { value } = quantileEstimate(sorted, quantile, 0, confidence);
  const effective = arm.map(
    (trial) => trialStatistics(slowerThan(value, trial), ratePerSecond, limitSeconds).effectiveRequests,
  );
  return quantileEstimate(sorted, quantile, sum(effective), confidence);
}

/** The trial's bins, with what is slower than that in the place of what is bad. */
function slowerThan(limitMs: number, { bins, answers: { dueSeconds, latenciesMs } }: ArmTrial): TrialBins {
  const bad = bins.arrivals.map(() => 0);
  for (let index = 0; index < dueSeconds.length; index += 1) {
    const bin = binOf(dueSeconds[index]!);
    if (bin < bad.length && latenciesMs[index]! > limitMs) bad[bin]! += 1;
  }
  return { ...bins, bad };
}

/** After each trial's warm-up. */
function sortedLatencies(arm: readonly ArmTrial[]): Float64Array {
  const kept = arm.flatMap(({ bins, answers: { dueSeconds, latenciesMs } }) => {
    const [from, to] = [warmUpBins(bins.arrivals.length), bins.arrivals.length];
    return Array.from(latenciesMs).filter((_, index) => {
      const bin = binOf(dueSeconds[index]!);
      return bin >= from && bin < to;
    });
  });
  return Float64Array.from(kept).sort();
}

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
