/**
 * When the machine could not keep up, read off the control requests of verdict/environment-health.ts. Pure.
 *
 * A stall holds every request up for seconds. A machine with more to do than it can stalls nothing, and yet loses a request
 * now and then: an endpoint is gone before every proxy has heard of it, a connection is closed under a request. The
 * control hardly ever meets one of those, but each of its requests takes its turn in the same queues.
 *
 * Most of five in a row is what counts, because a start of pods slows one or two of them on any machine. Of 1,258 controls
 * of a whole quiet run of gridos on two cores (start storms and peaks included) the median of five was never above 50 ms;
 * twice that is called strained (`docs/measured.md`, "A machine that is busy with something else").
 *
 * What it cannot do: on a strained machine a loss that is the subject's is called the environment's. It is never a pass.
 */
import type { ControlSample, UnhealthyInterval } from './environment-health.ts';

const IN_A_ROW = 5;
const MOST = Math.ceil(IN_A_ROW / 2);
export const STRAINED_MS = 100;

/** @param samples in the order in which they were sent @param nowMs Unix milliseconds */
export function strainedIntervals(samples: readonly ControlSample[], nowMs: number): readonly UnhealthyInterval[] {
  const tookMs = samples.map(({ sentMs, endMs = nowMs }) => endMs - sentMs);
  const found: { fromMs: number; toMs: number; medians: number[] }[] = [];
  for (let last = IN_A_ROW - 1; last < samples.length; last += 1) {
    const first = last - IN_A_ROW + 1;
    const median = tookMs.slice(first, last + 1).sort((a, b) => a - b)[MOST - 1] ?? 0;
    if (median < STRAINED_MS) continue;
    const [fromMs, toMs] = [samples[first]!.sentMs, samples[last]!.endMs ?? nowMs];
    const before = found.at(-1);
    if (before && fromMs <= before.toMs) {
      before.toMs = Math.max(before.toMs, toMs);
      before.medians.push(median);
    } else found.push({ fromMs, toMs, medians: [median] });
  }
  return found.map(({ fromMs, toMs, medians }) => ({
    ...{ fromMs, toMs },
    why: `most control requests took ${Math.round(Math.min(...medians))} ms and more, up to ${Math.round(Math.max(...medians))} ms`,
  }));
}
