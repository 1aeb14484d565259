/** What is known, or assumed, about how long the answers of a version take. */

/** How long answers take: assumed, or measured. */
export type Latency = (LognormalLatency | MeasuredLatency) & {
  /** This share (0 to 1) of the answers takes `times` as long. */
  readonly slow?: { readonly share: number; readonly times: number };
};

/** The natural logarithm of the milliseconds is normal around ln(medianMs) with deviation sigma. */
export interface LognormalLatency {
  readonly medianMs: number;
  readonly sigma: number;
}

/** Counts of answers in bins, evenly spread within each. */
export interface MeasuredLatency {
  /** Where it comes from, in words. */
  readonly from: string;
  /** Ascending and above 0: a bin ends with its bound and begins after the one before (0 for the first). */
  readonly boundsMs: readonly number[];
  /** Answers of each bin, and as one more those above the last bound. */
  readonly counts: readonly number[];
}
