/**
 * Puts requests that finish in any order back into the order in which they started.
 *
 * A slow canary answers late: judged in order of completion, early looks would miss it. So a request is released only
 * when every one started before it is there. Memory holds what waits for an earlier request: at most what finishes within
 * one request time-out.
 */
import type { RequestSample } from './request-sample.ts';

export interface StartOrderer {
  /** Takes the next finished request and returns those that can now be judged, in start order. */
  push(sample: RequestSample): readonly RequestSample[];
  /** Everything left, in start order, over the gaps; nothing waits afterwards. */
  flush(): readonly RequestSample[];
  /** Requests waiting for one that started earlier. */
  readonly pending: number;
  /** Requests that came with a sequence number already seen; they are dropped. */
  readonly duplicates: number;
  /** Sequence numbers that flush had to skip: requests that never finished or were lost. */
  readonly gaps: number;
  /** Requests whose sequence number or times cannot be: not a whole number, or ended before they started. */
  readonly malformed: number;
  /** Released requests that claim to have started before their predecessor by more than a second. */
  readonly clockSteps: number;
}

/** VUs stamp their own start, so neighbours may swap; a step back beyond this is the clock's. */
const CLOCK_STEP_MS = 1000;

export function createStartOrderer(): StartOrderer {
  const waiting = new Map<number, RequestSample>();
  let next = 0;
  let duplicates = 0;
  let gaps = 0;
  let malformed = 0;
  let clockSteps = 0;
  let latestStartMs = Number.NEGATIVE_INFINITY;

  const release = (sample: RequestSample): RequestSample => {
    if (sample.startMs < latestStartMs - CLOCK_STEP_MS) clockSteps += 1;
    latestStartMs = Math.max(latestStartMs, sample.startMs);
    return sample;
  };

  return {
    push(sample) {
      const { sequence, startMs, endMs } = sample;
      if (!Number.isSafeInteger(sequence) || sequence < 0 || !(endMs >= startMs)) {
        malformed += 1;
        // A known place with impossible times still closes the gap it would leave behind.
        if (!Number.isSafeInteger(sequence) || sequence < 0) return [];
      }
      if (sequence < next || waiting.has(sequence)) {
        duplicates += 1;
        return [];
      }
      waiting.set(sequence, sample);
      const released: RequestSample[] = [];
      for (let ready = waiting.get(next); ready; ready = waiting.get(next)) {
        waiting.delete(next);
        next += 1;
        released.push(release(ready));
      }
      return released;
    },
    flush() {
      const left = [...waiting.values()].sort((a, b) => a.sequence - b.sequence);
      waiting.clear();
      for (const sample of left) {
        gaps += sample.sequence - next;
        next = sample.sequence + 1;
      }
      return left.map(release);
    },
    get pending() {
      return waiting.size;
    },
    get duplicates() {
      return duplicates;
    },
    get gaps() {
      return gaps;
    },
    get malformed() {
      return malformed;
    },
    get clockSteps() {
      return clockSteps;
    },
  };
}
