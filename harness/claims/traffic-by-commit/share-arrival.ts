/** When a new share arrived: a CUSUM (h = ln(n/α)) raises the alarm, then the change is located with its 99 % set. */

import type { RequestSample } from '../../ports/request-sample.ts';
import { changeTime } from '../../stats/change-time.ts';
import { alarmThreshold, createCumulativeSum } from '../../stats/cumulative-sum.ts';

const FALSE_ALARM = 1e-3;
const CONFIDENCE = 0.99;

/** Follows the stream in start order until the new share of the arm has arrived; at most about `n` requests before that. */
export function createArrival(arm: string, before: number, after: number, n: number) {
  const cusum = createCumulativeSum(before, after, alarmThreshold(n, FALSE_ALARM));
  const hits: number[] = [];
  const startsMs: number[] = [];
  let alarmAtMs: number | undefined;
  return {
    observe(sample: RequestSample, answered: string | null): boolean {
      if (alarmAtMs !== undefined) return true;
      if (answered === null) return false;
      hits.push(answered === arm ? 1 : 0);
      startsMs.push(sample.startMs);
      if (cusum.observe(answered === arm)) alarmAtMs = sample.startMs;
      return false;
    },
    get alarmed() {
      return alarmAtMs !== undefined;
    },
    /** Unix milliseconds of the change: the most likely time and its confidence set. */
    located() {
      const { estimate, low, high } = changeTime(hits, before, after, CONFIDENCE);
      const at = (index: number) => startsMs[Math.min(index, startsMs.length - 1)] ?? 0;
      return { atMs: at(estimate), lowMs: at(low), highMs: at(high) };
    },
  };
}
