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
 * What an idle core carries: each trial is two or three pods with their proxies, and a load. Measured on the slowest machine
 * seen (2.9 ms of processor time for a request through gateway, sidecar and stand-in), where a still cluster left 1.7 of two
 * cores idle: four trials at 60 requests/s lost nothing, five filled the gateway's queue, seven lost 7 to 33 requests each.
 */
export const TRIALS_PER_IDLE_CORE = 2.5;
const RATE_PER_IDLE_CORE = 150;
/** A node runs 110 pods, and one gateway serves them all. */
const MOST_TRIALS = 12;
/** Of the cores, where nobody can measure it: what a still cluster leaves. */
export const USUALLY_IDLE_SHARE = 0.75;

/** How many of the first jobs run side by side on what is idle; one always does, however busy the machine is. */
export function batchSize(ratesPerSecond: readonly number[], idleCores: number): number {
  let rate = 0;
  const beyond = ratesPerSecond.findIndex((ratePerSecond, before) => {
    rate += ratePerSecond;
    return (
      before >= Math.min(MOST_TRIALS, Math.floor(TRIALS_PER_IDLE_CORE * idleCores)) ||
      rate > RATE_PER_IDLE_CORE * idleCores
    );
  });
  return Math.max(1, beyond < 0 ? ratesPerSecond.length : beyond);
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
