/**
 * What a trial leaves for its statistics: counts per 100 ms of scheduled start, bounded by the trial's length and not by
 * its rate.
 */
export const BIN_SECONDS = 0.1;

/** Which bin a moment is in, against rounding: 0.3 s is the beginning of the fourth. */
export const binOf = (seconds: number): number => Math.floor(seconds / BIN_SECONDS + 1e-6);

export interface TrialBins {
  /** Requests whose scheduled start lies in the bin. */
  readonly arrivals: readonly number[];
  /** Of those: error, time-out, never sent while the system held its users, or slower than the limit. */
  readonly bad: readonly number[];
  /** Requests open at the bin's end. */
  readonly open: readonly number[];
}

/** The part from `from` to `to` (bin numbers, `to` not included). */
export function sliceBins({ arrivals, bad, open }: TrialBins, from: number, to: number): TrialBins {
  return { arrivals: arrivals.slice(from, to), bad: bad.slice(from, to), open: open.slice(from, to) };
}
