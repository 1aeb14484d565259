/** A pool of workers without a queue that is played arrivals as they were measured, at any rate. Pure. */
import { WorkerPool } from '../../../k8s/workload/worker-pool.ts';

/** Arrivals where there is nothing to play. */
const EVEN = 20_000;
/** Until the pool is as full as it stays. */
const WARM_UP_SHARE = 0.1;

/**
 * Share of refused requests when request i comes i/rate after the first one and as late as measured.
 * @param latenessMs in the order of the schedule, as it was measured at some rate near; empty: nobody is late
 */
export function replayedLoss(
  { workers, serviceMs }: { readonly workers: number; readonly serviceMs: number },
  ratePerSecond: number,
  latenessMs: readonly number[],
): number {
  const pool = new WorkerPool({ workers, queue: 0, drawServiceMs: () => serviceMs });
  const count = latenessMs.length || EVEN;
  // later requests overtake what is held up
  const arrivals = Float64Array.from(
    { length: count },
    (_, i) => (i * 1000) / ratePerSecond + (latenessMs[i] ?? 0),
  ).sort();
  const from = Math.floor(count * WARM_UP_SHARE);
  let refused = 0;
  arrivals.forEach((at, i) => {
    if (pool.take(at) === undefined && i >= from) refused += 1;
  });
  return refused / (count - from);
}

/** Fewer say little of how late a generator is. */
const LEAST_REQUESTS = 400;

/** One run of the generator at one rate. */
export interface PacedStretch {
  readonly ratePerSecond: number;
  /** By the clock, Unix milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * How late the requests of paced trials came, each trial against its own even schedule; of short ones nothing is taken.
 * @param arrivedMs of all requests of a search, ascending, Unix milliseconds
 */
export function latenessOf(trials: readonly PacedStretch[], arrivedMs: readonly number[]): readonly number[] {
  return trials.flatMap(({ ratePerSecond, fromMs, toMs }) => {
    const own = arrivedMs.filter((at) => at >= fromMs && at <= toMs);
    if (own.length < LEAST_REQUESTS) return [];
    const residual = own.map((at, i) => at - (i * 1000) / ratePerSecond);
    // an even schedule is never ahead of what it plans
    const earliest = residual.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
    return residual.map((value) => value - earliest);
  });
}
