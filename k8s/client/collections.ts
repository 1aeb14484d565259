/** Waits that may end by their limit. */
import { HarnessError } from '../../harness/errors/harness-error.ts';

/** True when `wait` ended by its condition, false when by its time limit; other errors pass through. */
export async function metInTime(wait: Promise<unknown>): Promise<boolean> {
  try {
    await wait;
    return true;
  } catch (error) {
    if (error instanceof HarnessError && error.code === 'WAIT_TIMEOUT') return false;
    throw error;
  }
}
