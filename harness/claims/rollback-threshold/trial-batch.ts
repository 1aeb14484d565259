/**
 * Trials that run side by side, so that they do not disturb each other more than they must. Starting a pod with its proxy
 * costs more processor time than any request: all copies are there before the load of the first trial begins, and the
 * canaries, which start under load, do so one after the other.
 */
import pLimit from 'p-limit';

/** What a trial asks of those beside it. */
export interface TrialPlace {
  /** Resolves when the copies of all trials of the batch are there, or given up. */
  everyoneReady(): Promise<void>;
  /** Nobody else's canary starts meanwhile. */
  inTurn<Done>(start: () => Promise<Done>): Promise<Done>;
}

/**
 * What a core carries: each trial is two or three pods with their proxies, and a load. Six of them at 60 requests/s keep one
 * of two cores busy and leave the other to the control plane; the books of each say whether that was so.
 */
const TRIALS_PER_CORE = 3;
const RATE_PER_CORE = 180;

/** In their order, as many at a time as the machine carries; one that is too much for it runs alone. */
export function inBatches<Job>(
  jobs: readonly Job[],
  ratePerSecond: (job: Job) => number,
  cores: number,
): readonly (readonly Job[])[] {
  const batches: Job[][] = [];
  let rate = 0;
  for (const job of jobs) {
    const last = batches.at(-1);
    const fits = last && last.length < TRIALS_PER_CORE * cores && rate + ratePerSecond(job) <= RATE_PER_CORE * cores;
    if (fits) last.push(job);
    else batches.push([job]);
    rate = (fits ? rate : 0) + ratePerSecond(job);
  }
  return batches;
}

/** @returns the work of each, begun at once; one that ends before it was ready holds up nobody */
export function runBatch<Done>(trials: readonly ((place: TrialPlace) => Promise<Done>)[]): readonly Promise<Done>[] {
  const turn = pLimit(1);
  const everyone = Promise.withResolvers<void>();
  let missing = trials.length;
  return trials.map(async (run) => {
    let isCounted = false;
    const count = () => {
      if (!isCounted) missing -= 1;
      isCounted = true;
      if (missing === 0) everyone.resolve();
    };
    const place: TrialPlace = {
      everyoneReady() {
        count();
        return everyone.promise;
      },
      inTurn: (start) => turn(start),
    };
    try {
      return await run(place);
    } finally {
      count();
    }
  });
}
