/**
 * Calls back at `dueMs` (performance.now() clock) or as soon after it as the event loop allows, never before: timers count
 * whole milliseconds from the loop's cached time and so may fire early, which would blur a limit of 500 ms.
 */
export function notBefore(dueMs: number, callback: () => void): void {
  const remainingMs = dueMs - performance.now();
  if (remainingMs <= 0) callback();
  else setTimeout(notBefore, remainingMs < 1 ? 1 : Math.floor(remainingMs), dueMs, callback);
}
