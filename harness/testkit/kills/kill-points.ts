/**
 * The moments at which a process that is killed leaves another world behind: each start and each end of something outside
 * of it that an `await` waits for (a file, a program, a socket). Between two of them nothing outside changes by its hand, so
 * a kill at each of them is a kill at every await.
 */
import { createHook } from 'node:async_hooks';

/** What waits for nothing outside of the process. */
const INSIDE = new Set(['PROMISE', 'TickObject', 'Timeout', 'Immediate', 'Microtask', 'RANDOMBYTESREQUEST', 'WORKER']);

/**
 * Counts from now on, from 1.
 * @param at the point at which this process kills itself with SIGKILL; undefined: only counts
 * @returns how many points were passed
 */
export function watchKillPoints(at?: number): () => number {
  const outside = new Set<number>();
  let passed = 0;
  const point = () => {
    passed += 1;
    // the signal is delivered before the call returns: nothing more of this process runs
    if (passed === at) process.kill(process.pid, 'SIGKILL');
  };
  createHook({
    init(id, type) {
      if (INSIDE.has(type)) return;
      outside.add(id);
      point();
    },
    before(id) {
      if (outside.has(id)) point();
    },
  }).enable();
  return () => passed;
}
