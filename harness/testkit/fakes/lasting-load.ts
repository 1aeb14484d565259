/** Load that lasts until it is stopped, as a real one does: what it has to say comes at once, and then it waits. */
import type { LoadRequest, LoadResult, LoadRunner } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import { scriptedLoad } from './scripted-load.ts';

export interface LastingLoad extends LoadRunner {
  /** In the order in which they were started. */
  readonly requests: readonly LoadRequest[];
  /** Loads that have not ended. */
  readonly running: number;
}

/**
 * @param samplesOf what a load gets, in the order in which it finishes
 * @param distort changes the books, as a bad instrument would
 */
export function lastingLoad(
  samplesOf: (request: LoadRequest) => Iterable<RequestSample>,
  distort: (result: LoadResult) => LoadResult = (result) => result,
): LastingLoad {
  return countingLoad(samplesOf, distort, true);
}

/** The same, but ends when it has sent what it has. */
export function endingLoad(
  samplesOf: (request: LoadRequest) => Iterable<RequestSample>,
  distort: (result: LoadResult) => LoadResult = (result) => result,
): LastingLoad {
  return countingLoad(samplesOf, distort, false);
}

function countingLoad(
  samplesOf: (request: LoadRequest) => Iterable<RequestSample>,
  distort: (result: LoadResult) => LoadResult,
  lasts: boolean,
): LastingLoad {
  const requests: LoadRequest[] = [];
  let running = 0;
  return {
    requests,
    get running() {
      return running;
    },
    async run(request, prefix, onSample, signal) {
      requests.push(request);
      running += 1;
      await new Promise((resolve) => setImmediate(resolve));
      const taken: RequestSample[] = [];
      for (const sample of samplesOf(request)) {
        if (signal.aborted) break;
        taken.push(sample);
        onSample(sample);
      }
      if (lasts && !signal.aborted)
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      running -= 1;
      const counted = await scriptedLoad(taken).run(request, prefix, () => 'continue', new AbortController().signal);
      // a second for each thousand requests, whatever the clock of the test says
      return distort({ ...counted, wallMs: 1 + (taken.length / request.ratePerSecond) * 1000, stoppedEarly: true });
    },
  };
}

/** What keeps the event loop alive: a claim that has ended must leave no timer behind. */
export function timersRunning(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}
