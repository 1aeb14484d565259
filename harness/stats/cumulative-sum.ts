/** Bernoulli CUSUM: the earliest sign, online, that the share moved from one known level to another. */
import { bernoulliDivergence } from './likelihood-ratio-pair.ts';

export interface CumulativeSum {
  /** Takes the next request in start order; true from the request on at which the alarm was reached. */
  observe(hit: boolean): boolean;
  readonly value: number;
  readonly alarmed: boolean;
}

/** h = ln(n/alpha): at most `alpha` false alarms within `n` requests, since their rate is at most e^-h per request. */
export function alarmThreshold(n: number, alpha: number): number {
  return Math.log(n / alpha);
}

/** Mean number of requests after the change until the alarm, about h / KL(after, before). */
export function expectedDelay(before: number, after: number, threshold: number): number {
  return threshold / bernoulliDivergence(after, before);
}

/** W = max(0, W) + ln of the likelihood ratio of `after` against `before`. `before` must not be 0 or 1. */
export function createCumulativeSum(before: number, after: number, threshold: number): CumulativeSum {
  const onHit = Math.log(after / before);
  const onMiss = Math.log((1 - after) / (1 - before));
  let value = 0;
  let alarmed = false;
  return {
    observe(hit) {
      value = Math.max(0, value) + (hit ? onHit : onMiss);
      alarmed ||= value >= threshold;
      return alarmed;
    },
    get value() {
      return value;
    },
    get alarmed() {
      return alarmed;
    },
  };
}
