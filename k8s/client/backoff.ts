/** Growing pauses between tries, spread so that many clients do not come back in the same moment. */

export interface BackoffOptions {
  readonly firstMs: number;
  readonly capMs: number;
  /** From [0, 1); tests give their own. */
  readonly random?: () => number;
}

export interface Backoff {
  /** Milliseconds to pause before the next try: each limit twice the one before, and of that one half to all. */
  next(): number;
  /** A try went well: the next pause is the first one again. */
  reset(): void;
}

/** "Equal jitter" of M. Brooker, Exponential Backoff And Jitter (AWS Architecture Blog, 2015): never less than half. */
export function createBackoff({ firstMs, capMs, random = Math.random }: BackoffOptions): Backoff {
  let limitMs = firstMs;
  return {
    next() {
      const ms = limitMs / 2 + (random() * limitMs) / 2;
      limitMs = Math.min(limitMs * 2, capMs);
      return ms;
    },
    reset() {
      limitMs = firstMs;
    },
  };
}

/** Resolves after so long, or at once when the signal aborts; leaves no listener and no timer behind. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
    signal?.addEventListener('abort', done, { once: true });
  });
}
