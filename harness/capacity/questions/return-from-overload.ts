/**
 * Does a subject come back from a short overload by itself, under the load that it held before? Where clients or proxies try
 * again, answers that come too late make more load, and an overload can outlive its cause. Pure.
 */
import { BIN_SECONDS, sliceBins, type TrialBins } from '../trial/trial-bins.ts';

/** How long it is overloaded, and by how much above the upper end of the bracket. */
export const PULSE = { seconds: 2, factor: 1.5 };
/** Load before the pulse, so that it meets a subject that holds. */
export const BEFORE_SECONDS = 10;
/** It must hold the objective again within so much. */
export const WITHIN_SECONDS = 30;
/** Holding is judged over so much. */
const WINDOW_SECONDS = 5;
/** Of a whole trial: a generator takes up to this to start. */
const START_SECONDS = 3;
export const RETURN_SECONDS = BEFORE_SECONDS + START_SECONDS + PULSE.seconds + WITHIN_SECONDS + WINDOW_SECONDS;

const WITHIN_BINS = Math.round(WITHIN_SECONDS / BIN_SECONDS);
const WINDOW_BINS = Math.round(WINDOW_SECONDS / BIN_SECONDS);
const binAfter = (seconds: number) => Math.ceil(seconds / BIN_SECONDS - 1e-6);

/**
 * Seconds from the pulse's end to the first 5 s that hold the objective; undefined: none that began within 30 s did, and
 * ended within the bins.
 * @param pulseEndSeconds from the beginning of the bins
 */
export function returnedAfter(bins: TrialBins, pulseEndSeconds: number, objectiveShare: number): number | undefined {
  const first = binAfter(pulseEndSeconds);
  for (let after = 0; after <= WITHIN_BINS; after += 1) {
    const from = first + after;
    if (from + WINDOW_BINS > bins.arrivals.length) return undefined;
    const { arrivals, bad } = sliceBins(bins, from, from + WINDOW_BINS);
    const due = sum(arrivals);
    if (due > 0 && sum(bad) <= objectiveShare * due) return after * BIN_SECONDS;
  }
  return undefined;
}

/** Whether the bins hold all of the 30 s and the 5 s after: else a return may have come too late to be seen. */
export function isWatchedWhole({ arrivals }: TrialBins, pulseEndSeconds: number): boolean {
  return binAfter(pulseEndSeconds) + WITHIN_BINS + WINDOW_BINS <= arrivals.length;
}

/** Whether the load was held before the pulse: else nothing can be said of a return. */
export function heldBefore({ arrivals, bad }: TrialBins, objectiveShare: number): boolean {
  const [from, to] = [2, BEFORE_SECONDS].map((seconds) => Math.round(seconds / BIN_SECONDS));
  return sum(bad.slice(from, to)) <= 2 * objectiveShare * sum(arrivals.slice(from, to));
}

/** Halvings below the lower end of the bracket, then as many steps between what recovers and what does not. */
const MOST_HALVINGS = 4;
const NARROWING = 2;

export interface ReturnFound {
  /** Highest rate that was seen to recover; undefined: none that was tried. */
  readonly recovers: number | undefined;
  /** Lowest that stayed overloaded; undefined: none did. */
  readonly stuck: number | undefined;
}

/** Which rates to try, one after the other; each trial brings its own pulse. */
export class ReturnSearch {
  readonly #fromRate: number;
  #found: ReturnFound = { recovers: undefined, stuck: undefined };
  #narrowed = 0;

  /** @param fromRate the lower end of the bracket, requests per second */
  constructor(fromRate: number) {
    this.#fromRate = fromRate;
  }

  get found(): ReturnFound {
    return this.#found;
  }

  next(): number | undefined {
    const { recovers, stuck } = this.#found;
    if (stuck === undefined) return recovers === undefined ? this.#fromRate : undefined;
    if (recovers === undefined) return stuck > this.#fromRate / 2 ** MOST_HALVINGS ? stuck / 2 : undefined;
    return this.#narrowed < NARROWING ? Math.sqrt(recovers * stuck) : undefined;
  }

  observe(rate: number, returned: boolean): void {
    const { recovers, stuck } = this.#found;
    if (recovers !== undefined) this.#narrowed += 1;
    this.#found = returned ? { recovers: rate, stuck } : { recovers, stuck: rate };
  }
}

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
