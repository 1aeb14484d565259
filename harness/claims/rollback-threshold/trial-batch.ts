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
