/**
 * What one trial says about the long-run share of bad answers. Requests near capacity depend on each other (a bad answer
 * seldom comes alone), so no trial is judged by its number of requests: batch means give the design effect, the open
 * requests give the relaxation time, and the smaller effective sample of the two counts.
 */
import { BIN_SECONDS, sliceBins, type TrialBins } from './trial-bins.ts';

const BATCHES = 32;
/** Lag-1 correlation beyond which 32 batches cannot tell how long the memory is. */
const LARGEST_CORRELATION = 0.8;
const WARM_UP_SHARE = 0.15;
const LEAST_WARM_UP_SECONDS = 2;
/** A trial in overload is as bad as this, whatever its young answers still say. */
const OVERLOADED_SHARE = 0.9;

export interface TrialStatistics {
  /** Requests and bad ones after the warm-up. */
  readonly requests: number;
  readonly bad: number;
  /** Seconds that were looked at. */
  readonly seconds: number;
  /** Observed share of bad answers, 0 to 1. */
  readonly share: number;
  readonly designEffect: number;
  /** Relaxation time of the number of open requests, seconds. */
  readonly tauSeconds: number;
  readonly effectiveRequests: number;
  /** `share` with half an event for bursts that were not seen; at least 0.9 in overload. */
  readonly estimate: number;
  /** What `estimate` weighs: effective requests + 1. */
  readonly weight: number;
  readonly overloaded: boolean;
}

export interface BatchMeans {
  readonly mean: number;
  /** Weighted by each batch's requests, divided by batches - 1. */
  readonly variance: number;
  /** Lag-1 autocorrelation, from 0 to 0.8. */
  readonly correlation: number;
}

/** @param limitSeconds the objective's T: more than 3·rate·T open requests are an overload */
export function trialStatistics(all: TrialBins, ratePerSecond: number, limitSeconds: number): TrialStatistics {
  const length = all.arrivals.length;
  const warmUp = warmUpBins(length);
  const bins = sliceBins(all, warmUp, length);
  const seconds = bins.arrivals.length * BIN_SECONDS;
  const requests = total(bins.arrivals);
  const bad = total(bins.bad);
  const share = requests === 0 ? 0 : bad / requests;
  const deff = designEffect(batched(bins.bad), batched(bins.arrivals));
  const tauSeconds = relaxationSeconds(bins.open, BIN_SECONDS);
  const effectiveRequests = Math.min(requests / deff, tauSeconds > 0 ? seconds / (2 * tauSeconds) : Infinity);
  const overloaded = isOverloaded(bins.open, 3 * ratePerSecond * limitSeconds);
  const shrunk = (effectiveRequests * share + 0.5) / (effectiveRequests + 1);
  return {
    requests,
    bad,
    seconds,
    share,
    designEffect: deff,
    tauSeconds,
    effectiveRequests,
    estimate: overloaded ? Math.max(shrunk, OVERLOADED_SHARE) : shrunk,
    weight: effectiveRequests + 1,
    overloaded,
  };
}

/** Bins at the beginning of a trial of `length` bins that say nothing yet. */
export function warmUpBins(length: number): number {
  const seconds = Math.max(LEAST_WARM_UP_SECONDS, WARM_UP_SHARE * length * BIN_SECONDS);
  return Math.min(length, Math.round(seconds / BIN_SECONDS));
}

/** max(1, m·s²/(ȳ(1−ȳ))·(1+φ)/(1−φ)), with m the mean number of requests in a batch; 1 when all or none are bad. */
export function designEffect(bad: readonly number[], arrivals: readonly number[]): number {
  const { mean, variance, correlation } = batchMeans(bad, arrivals);
  if (mean <= 0 || mean >= 1 || bad.length < 2) return 1;
  const perBatch = total(arrivals) / arrivals.length;
  return Math.max(1, ((perBatch * variance) / (mean * (1 - mean))) * ((1 + correlation) / (1 - correlation)));
}

export function batchMeans(sums: readonly number[], sizes: readonly number[]): BatchMeans {
  const size = total(sizes);
  const mean = size === 0 ? 0 : total(sums) / size;
  const perBatch = size / sizes.length;
  const off = sums.map((sum, index) => (sizes[index]! > 0 ? sum / sizes[index]! - mean : 0));
  const squares = off.reduce((all, value, index) => all + (value * value * sizes[index]!) / perBatch, 0);
  const plain = off.reduce((all, value) => all + value * value, 0);
  const lagged = off.reduce((all, value, index) => all + value * (off[index + 1] ?? 0), 0);
  return {
    mean,
    variance: size === 0 || sums.length < 2 ? 0 : squares / (sums.length - 1),
    correlation: plain === 0 ? 0 : Math.min(LARGEST_CORRELATION, Math.max(0, lagged / plain)),
  };
}

/**
 * τ = (batch seconds)·Var(batch means of N)/(2·Var N)·(1+φ_N)/(1−φ_N): the integrated autocorrelation time of the number
 * of open requests. 0 for a number that does not change.
 */
export function relaxationSeconds(open: readonly number[], binSeconds: number): number {
  if (open.length < 2) return 0;
  const mean = total(open) / open.length;
  const variance = open.reduce((all, value) => all + (value - mean) ** 2, 0) / (open.length - 1);
  if (variance === 0) return 0;
  const sums = batched(open);
  const means = batchMeans(sums, batched(open.map(() => 1)));
  const batchSeconds = (open.length * binSeconds) / sums.length;
  const { correlation } = means;
  return ((batchSeconds * means.variance) / (2 * variance)) * ((1 + correlation) / (1 - correlation));
}

/** More than `most` requests open during half of the last tenth. */
function isOverloaded(open: readonly number[], most: number): boolean {
  const last = open.slice(-Math.max(1, Math.round(open.length / 10)));
  return last.filter((value) => value > most).length * 2 >= last.length && last.length > 0 && open.length > 0;
}

/** Sums over 32 stretches of equal length, or over each bin when there are fewer. */
function batched(values: readonly number[]): readonly number[] {
  const batches = Math.min(BATCHES, values.length);
  const sums = new Array<number>(batches).fill(0);
  for (const [index, value] of values.entries()) sums[Math.floor((index * batches) / values.length)]! += value;
  return sums;
}

function total(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
