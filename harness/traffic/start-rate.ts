/** How many requests per second were really started. */
const LEAST_SPAN_MS = 1000;

export interface StartRate {
  add(startMs: number): void;
  /** Undefined below a second of load: start times are whole milliseconds, so a shorter span says too little. */
  perSecond(): number | undefined;
}

export function createStartRate(): StartRate {
  let count = 0;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  return {
    add(startMs) {
      count += 1;
      first = Math.min(first, startMs);
      last = Math.max(last, startMs);
    },
    perSecond() {
      const spanMs = last - first;
      return count > 1 && spanMs >= LEAST_SPAN_MS ? ((count - 1) / spanMs) * 1000 : undefined;
    },
  };
}
