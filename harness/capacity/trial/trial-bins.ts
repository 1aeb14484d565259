/**
 * What a trial leaves for its statistics: counts per 100 ms of scheduled start. Bounded by the trial's length and not by
 * its rate, and several generators' bins are merged by adding them.
 */
import { usageError } from '../../errors/harness-error.ts';

export const BIN_SECONDS = 0.1;

export interface TrialBins {
  /** Requests whose scheduled start lies in the bin. */
  readonly arrivals: readonly number[];
  /** Of those: error, time-out, never sent while the system held its users, or slower than the limit. */
  readonly bad: readonly number[];
  /** Requests open at the bin's end. */
  readonly open: readonly number[];
}

/** @throws HarnessError CAPACITY_BINS_DIFFER when the lists of one trial differ in length */
export function mergeBins(parts: readonly TrialBins[]): TrialBins {
  const length = Math.max(0, ...parts.map(({ arrivals }) => arrivals.length));
  for (const { arrivals, bad, open } of parts)
    if (bad.length !== arrivals.length || open.length !== arrivals.length)
      throw usageError(
        'CAPACITY_BINS_DIFFER',
        'a generator counted arrivals, bad answers and open requests in unequal bins',
      );
  const sum = (pick: (bins: TrialBins) => readonly number[]) =>
    Array.from({ length }, (_, index) => parts.reduce((total, bins) => total + (pick(bins)[index] ?? 0), 0));
  return { arrivals: sum((b) => b.arrivals), bad: sum((b) => b.bad), open: sum((b) => b.open) };
}

/** The part from `from` to `to` (bin numbers, `to` not included). */
export function sliceBins({ arrivals, bad, open }: TrialBins, from: number, to: number): TrialBins {
  return { arrivals: arrivals.slice(from, to), bad: bad.slice(from, to), open: open.slice(from, to) };
}
