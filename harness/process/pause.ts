/** The one way to let time pass: whoever waits can be told to stop. */
import { setTimeout as timer } from 'node:timers/promises';

/**
 * Resolves after `ms` milliseconds.
 * @throws the signal's reason, at once, when it aborts before or meanwhile; no timer is left behind
 */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal === undefined) return timer(ms);
  signal.throwIfAborted();
  try {
    await timer(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
