/** How many virtual users an arrival rate needs. */

export interface VuDemand {
  readonly ratePerSecond: number;
  /** The slowest answer that is still usual (such as the 99th percentile), not the mean. */
  readonly usualMaxMs: number;
  /** How long the machine may stall (scheduling, garbage collection) without a dropped iteration; default 250. */
  readonly stallMs?: number;
}

/**
 * Little's law, L = lambda * W (J. D. C. Little, Operations Research 9(3), 1961): requests in flight are arrival rate
 * times time in the system, here the usual maximum plus a stall during which arrivals pile up. At least 10.
 */
export function preAllocatedVus(demand: VuDemand): number {
  const inSystemSeconds = (demand.usualMaxMs + (demand.stallMs ?? 250)) / 1000;
  return Math.max(10, Math.ceil(demand.ratePerSecond * inSystemSeconds));
}
