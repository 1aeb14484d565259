/**
 * Change points in a series of counts (`hits` of `n`, one pair a run): the cheapest partition into pieces of constant
 * share by dynamic programming (optimal partitioning, Jackson et al. 2005), where a cut is possible between two runs only.
 */
import { normalQuantile } from './special-functions.ts';

export interface Counts {
  readonly hits: number;
  readonly n: number;
}

export interface CountSegment extends Counts {
  /** Index of the first run, and one past the last. */
  readonly from: number;
  readonly to: number;
}

/**
 * Each cut must raise the log-likelihood by half the chi-square quantile (one degree of freedom) of `falseAlarm` parted
 * over the possible places (Bonferroni), so that a constant series of binomial counts is cut with about that chance at most.
 *
 * @param falseAlarm chance of any cut in a constant series, 0 to 1
 */
export function segmentCounts(runs: readonly Counts[], falseAlarm: number): readonly CountSegment[] {
  const count = runs.length;
  if (count === 0) return [];
  const hits = [0];
  const all = [0];
  for (const [index, run] of runs.entries()) {
    hits.push(hits[index]! + run.hits);
    all.push(all[index]! + run.n);
  }
  const places = Math.max(1, count - 1);
  const penalty = normalQuantile(1 - falseAlarm / places / 2) ** 2 / 2;
  const cost = (from: number, to: number) => leastCost(hits[to]! - hits[from]!, all[to]! - all[from]!);
  const best = [-penalty];
  const previous = [0];
  for (let to = 1; to <= count; to += 1) {
    best[to] = Number.POSITIVE_INFINITY;
    for (let from = 0; from < to; from += 1) {
      const total = best[from]! + penalty + cost(from, to);
      // an equal cost keeps the earlier start, which is the longer piece
      if (total < best[to]! - 1e-9) {
        best[to] = total;
        previous[to] = from;
      }
    }
  }
  const segments: CountSegment[] = [];
  for (let to = count; to > 0; to = previous[to]!) {
    const from = previous[to]!;
    segments.unshift({ from, to, hits: hits[to]! - hits[from]!, n: all[to]! - all[from]! });
  }
  return segments;
}

/** Minus the largest log-likelihood of `hits` of `n`. */
function leastCost(hits: number, n: number): number {
  const term = (part: number) => (part === 0 ? 0 : part * Math.log(part / n));
  return n === 0 ? 0 : -term(hits) - term(n - hits);
}
