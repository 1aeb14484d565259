/**
 * Traffic as it was, for simulated releases: blocks of a recording, drawn with replacement and put end to end (moving block
 * bootstrap), so that bursts, lulls and what follows what stay as they were within a block. Each version gets its share of
 * the recorded requests and errors by thinning.
 */
import { usageError } from '../errors/harness-error.ts';
import { type CounterRandom, PURPOSE } from './counter-random.ts';

/** Counts of one service in even intervals, in their order. */
export interface Recording {
  readonly intervalMs: number;
  readonly requests: readonly number[];
  /** Of them, answered with an error. */
  readonly errors: readonly number[];
  /** What its source said beside it, such as that a part of the data was away. */
  readonly warnings?: readonly string[];
}

/** What one version got of one recorded interval. */
export interface RecordedPiece {
  readonly requests: number;
  readonly errors: number;
  /** Part of the interval's requests that came to this version in this time, 0 to 1. */
  readonly part: number;
  /** This version's, in place of the recorded one. */
  readonly errorShare: number;
}

/** Fewer do not keep what follows what. */
const BLOCK_INTERVALS = 10;
const BLOCK_MS = 600_000;
/** A week of seconds is 604,800. */
const MOST_INTERVALS = 1_000_000;
const NO_TARGET = 0;

const recordedRequests = ({ requests }: Recording) => requests.reduce((sum, one) => sum + one, 0);
const lastsMs = ({ requests, intervalMs }: Recording) => requests.length * intervalMs;
/** Requests a second, and the share of errors, 0 to 1. */
export function meansOf(recording: Recording): { readonly ratePerSecond: number; readonly errorShare: number } {
  const requests = recordedRequests(recording);
  const errors = recording.errors.reduce((sum, one) => sum + one, 0);
  return { ratePerSecond: (requests * 1000) / lastsMs(recording), errorShare: requests === 0 ? 0 : errors / requests };
}

/** Variance over mean of the errors of one interval: 1 independent, more in bursts; null without errors. */
export function fanoOf({ errors }: Recording): number | null {
  const mean = errors.reduce((sum, one) => sum + one, 0) / errors.length;
  if (!(mean > 0) || errors.length < 2) return null;
  return errors.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (errors.length - 1) / mean;
}

/** @throws HarnessError (exit 2) SIMULATION_RECORDING: not counts of even intervals; SIMULATION_TRAFFIC: no request in it */
export function checkRecording(recording: Recording): void {
  const { intervalMs, requests, errors } = recording;
  const bad = (sentence: string) => usageError('SIMULATION_RECORDING', `this is no recording of traffic: ${sentence}`);
  if (!(intervalMs > 0) || !Number.isFinite(intervalMs)) throw bad(`its intervals last ${intervalMs} ms`);
  if (requests.length !== errors.length)
    throw bad(`it counts requests in ${requests.length} intervals and errors in ${errors.length}`);
  if (requests.length > MOST_INTERVALS) throw bad(`it has more than ${MOST_INTERVALS} intervals`);
  const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;
  const odd = requests.findIndex((all, index) => !isCount(all) || !isCount(errors[index]!) || errors[index]! > all);
  if (odd >= 0) throw bad(`interval ${odd + 1} has ${errors[odd]} errors in ${requests[odd]} requests`);
  if (requests.length > 0 && recordedRequests(recording) === 0)
    throw usageError('SIMULATION_TRAFFIC', 'there is no request in the recording', {
      hint: 'Look at what was selected, and at the time that it covers.',
    });
}

/**
 * @param releaseMs how long a release takes
 * @throws HarnessError (exit 2) SIMULATION_RECORDING_SHORT
 */
export function checkLength(recording: Recording, releaseMs: number): void {
  const has = lastsMs(recording);
  const least = Math.max(releaseMs, BLOCK_INTERVALS * recording.intervalMs);
  if (has < least)
    throw usageError(
      'SIMULATION_RECORDING_SHORT',
      `the recording lasts ${minutes(has)}, and one release ${minutes(releaseMs)}`,
      { hint: `Record at least ${minutes(least)}, and better a whole day: nights differ from noons.` },
    );
}

const minutes = (ms: number) => `${Number((ms / 60_000).toPrecision(3))} minutes`;

/** The recording as one release meets it. */
export class RecordedTraffic {
  readonly #recording: Recording;
  readonly #block: number;
  readonly #seed: number;
  #known: number | undefined;
  #start = 0;
  #run = 0;

  constructor(recording: Recording, seed: number) {
    this.#recording = recording;
    this.#seed = seed;
    const wanted = Math.max(BLOCK_INTERVALS, Math.ceil(BLOCK_MS / recording.intervalMs));
    this.#block = Math.min(wanted, recording.requests.length);
  }

  begin(run: number): void {
    this.#run = run;
    this.#known = undefined;
  }

  /** Calls with every recorded interval of a time, and the part of it; times since the beginning of the release, or before it. */
  within(
    random: CounterRandom,
    fromMs: number,
    toMs: number,
    see: (requests: number, errors: number, part: number, fromMs: number, toMs: number) => void,
  ): void {
    const { intervalMs, requests, errors } = this.#recording;
    let at = fromMs;
    while (at < toMs) {
      let interval = Math.floor(at / intervalMs);
      // a quotient may be rounded down to the interval that just ended
      if ((interval + 1) * intervalMs <= at) interval += 1;
      const end = Math.min(toMs, (interval + 1) * intervalMs);
      const block = Math.floor(interval / this.#block);
      const index = this.#startOf(random, block) + interval - block * this.#block;
      see(requests[index]!, errors[index]!, (end - at) / intervalMs, at, end);
      at = end;
    }
  }

  /** The same for every policy: by the number of the block alone. */
  #startOf(random: CounterRandom, block: number): number {
    if (block === this.#known) return this.#start;
    random.seek(this.#seed, this.#run, NO_TARGET, block, PURPOSE.block);
    this.#known = block;
    this.#start = Math.floor(random.uniform() * (this.#recording.requests.length - this.#block + 1));
    return this.#start;
  }
}

/** One version's answers of a piece: recorded ones by chance, with errors added or left out where its share is another. */
export function thinned(
  random: CounterRandom,
  { requests, errors, part, errorShare }: RecordedPiece,
  recordedShare: number,
): { readonly good: number; readonly bad: number } {
  const failed = random.binomial(errors, part);
  const fine = random.binomial(requests - errors, part);
  if (errorShare <= recordedShare) {
    const kept = errorShare === recordedShare ? failed : random.binomial(failed, errorShare / recordedShare);
    return { good: fine + failed - kept, bad: kept };
  }
  const more = random.binomial(fine, (errorShare - recordedShare) / (1 - recordedShare));
  return { good: fine - more, bad: failed + more };
}
