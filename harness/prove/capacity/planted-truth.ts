/** What the planted systems hold, by formula or by replay, and how a bracket stands to it. Pure. */
import type { RateInterval } from '../../capacity/search/share-fit.ts';
import { trueCapacity } from '../../capacity/virtual/truth.ts';
import { replayedLoss } from './replayed-pool.ts';

/** A truth is a point where a formula gives it, else the interval that what is known leaves; requests per second or a ratio. */
export type Truth = RateInterval;

const point = (value: number): Truth => ({ low: value, high: value });

/** Erlang's loss formula, which holds for any law of the service time: `workers` without a queue, Poisson arrivals. */
export function lossTruth(workers: number, serviceMs: number, share: number): Truth {
  const server = { kind: 'loss', workers, law: 'fixed', meanSeconds: serviceMs / 1000 } as const;
  return point(trueCapacity({ name: 'planted', arrivals: 'poisson', limitSeconds: 1, server }, share)!);
}

/**
 * The same under paced arrivals: at most workers/(S(1−p*)), which no order of arrivals exceeds. Where a worker is free again
 * just before it is needed, half a millisecond of lateness costs 4 %: so the lower end is what the pool refuses when it
 * is played the lateness that was measured.
 * @param latenessMs of successive requests against their even schedule; empty: none was late
 */
export function pacedLossTruth(
  workers: number,
  serviceMs: number,
  share: number,
  latenessMs: readonly number[],
): Truth {
  const high = (workers * 1000) / (serviceMs * (1 - share));
  let [held, bad] = [high / 4, high];
  // the share is no smooth function of the rate: where it crosses first, going up
  while (bad / held > 1.001) {
    const rate = Math.sqrt(held * bad);
    if (replayedLoss({ workers, serviceMs }, rate, latenessMs) <= share) held = rate;
    else bad = rate;
  }
  return { low: held, high };
}

/** A token bucket whose burst outlasts the lateness of paced arrivals refuses what comes above its rate, and no more. */
export const bucketTruth = (tokensPerSecond: number, share: number): Truth => point(tokensPerSecond / (1 - share));

/** How many times as much the first of two pools holds; whatever the service time, if it is the same. */
export function ratioTruth(workers: number, ofWorkers: number, share: number): Truth {
  return point(lossTruth(workers, 50, share).low / lossTruth(ofWorkers, 50, share).low);
}

/**
 * The highest rate that comes back from an overload, with so many retries: what is tried again is work as well, so above
 * μ/(1+r) a backlog never shrinks, and just below it not within the time that is given.
 * @param backlogSeconds of work that the queue may hold, at most
 */
export function returnTruth(
  serviceRate: number,
  retries: number,
  { backlogSeconds, withinSeconds }: { readonly backlogSeconds: number; readonly withinSeconds: number },
): Truth {
  const stuckAbove = serviceRate / (1 + retries);
  return { low: stuckAbove * (1 - backlogSeconds / withinSeconds), high: stuckAbove };
}

/** Of two brackets, the quotients that they allow. */
export const ratioOf = (one: RateInterval, other: RateInterval): RateInterval => ({
  low: one.low / other.high,
  high: one.high / other.low,
});

/** By how much a bracket misses a truth, as a share of it; 0: it holds some of it. A side that is absent is open. */
export function missedBy(
  found: { readonly low?: number | undefined; readonly high?: number | undefined },
  truth: Truth,
): number {
  const { low = 0, high = Number.POSITIVE_INFINITY } = found;
  return Math.max(0, low / truth.high - 1, 1 - high / truth.low);
}
