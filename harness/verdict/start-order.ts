/**
 * Puts requests that finish in any order back into the order in which they started.
 *
 * A slow canary answers late: judged in order of completion, early looks would miss it. So a request is released only
 * when every one started before it is there. Memory holds what waits for an earlier request: at most what finishes within
 * `lostAfterMs`; a request older than that can no longer come, so the others go on without it, and it counts as lost.
 */
import type { RequestSample } from '../ports/request-sample.ts';

export interface StartOrdererOptions {
  /** No request can take longer than this from its start until its sample is here. */
  readonly lostAfterMs: number;
}

export interface StartOrderer {
  /** Takes the next finished request and returns those that can now be judged, in start order. */
  push(sample: RequestSample): readonly RequestSample[];
  /** Everything left, in start order, over the gaps; nothing waits afterwards. */
  flush(): readonly RequestSample[];
  /** Requests waiting for one that started earlier. */
  readonly pending: number;
  /** Requests that came with a sequence number already seen; they are dropped. */
  readonly duplicates: number;
  /** Sequence numbers that had to be skipped: requests that never finished or were lost. */
  readonly gaps: number;
  /** Gaps skipped because they were too old to be in flight: lost for certain. */
  readonly lost: number;
  /** Requests whose sequence number or times cannot be: not a whole number, or ended before they started. */
  readonly malformed: number;
  /**
   * Requests that claim to have started before a predecessor by more than a second, and to have ended before one that
   * arrived earlier by more than a second. A VU that had to wait for a processor stamps a late start, and all that were
   * started after it seem to come before it; but their ends still come in the order of time.
   */
  readonly clockSteps: number;
}

/** VUs stamp their own times, so neighbours may swap; a step back beyond this is the clock's. */
const CLOCK_STEP_MS = 1000;

export function createStartOrderer({ lostAfterMs }: StartOrdererOptions): StartOrderer {
  const waiting = new Map<number, RequestSample>();
  const endedTooEarly = new Set<number>();
  let next = 0;
  /** The first number that waits, or any number between `next` and it. */
  let firstWaiting = 0;
  let duplicates = 0;
  let gaps = 0;
  let lost = 0;
  let malformed = 0;
  let clockSteps = 0;
  let latestStartMs = Number.NEGATIVE_INFINITY;
  let latestEndMs = Number.NEGATIVE_INFINITY;

  const release = (sample: RequestSample): RequestSample => {
    const endedBack = endedTooEarly.delete(sample.sequence);
    if (endedBack && sample.startMs < latestStartMs - CLOCK_STEP_MS) clockSteps += 1;
    latestStartMs = Math.max(latestStartMs, sample.startMs);
    return sample;
  };

  /** Goes over a gap whose successor started so long ago that what is missing would be here. */
  const skipLost = (): boolean => {
    if (waiting.size === 0) return false;
    firstWaiting = Math.max(firstWaiting, next);
    while (!waiting.has(firstWaiting)) firstWaiting += 1;
    if (latestEndMs - waiting.get(firstWaiting)!.startMs <= lostAfterMs) return false;
    lost += firstWaiting - next;
    gaps += firstWaiting - next;
    next = firstWaiting;
    return true;
  };

  const releaseReady = (): readonly RequestSample[] => {
    const released: RequestSample[] = [];
    do {
      for (let ready = waiting.get(next); ready; ready = waiting.get(next)) {
        waiting.delete(next);
        next += 1;
        released.push(release(ready));
      }
    } while (skipLost());
    return released;
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
      if (endMs < latestEndMs - CLOCK_STEP_MS) endedTooEarly.add(sequence);
      firstWaiting = Math.min(firstWaiting, sequence);
      latestEndMs = Math.max(latestEndMs, endMs);
      return releaseReady();
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
    get lost() {
      return lost;
    },
    get malformed() {
      return malformed;
    },
    get clockSteps() {
      return clockSteps;
    },
  };
}
