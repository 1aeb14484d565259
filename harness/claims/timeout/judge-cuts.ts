/**
 * Whether requests were cut off in time. Pure.
 *
 * The receiver holds every second request back. The others are the control: the same clients on the same path in the same
 * seconds, so that whatever slows the machine down slows both. The bound is derived from them: the declared time and the
 * upper confidence bound of their quantile. A cut can be held up twice, on its way there and when its time is up, and half a
 * second lies between; a control once. So where a control is in time with probability q, a cut is with q². What is late
 * although the subject is not comes in stretches, which intervals from ranks know nothing of; so `failed` needs the
 * lower bound of the median above the bound, which no stretch that is shorter than half of the load can bring about.
 */
import { quantileInterval, sampleSizeForMaximum } from '../../stats/order-statistic-interval.ts';
import type { RolloutStream, StreamEntry } from '../../traffic/recorded-stream.ts';
import type { Outcome } from '../../verdict/outcome.ts';

const CONTROL_QUANTILE = 0.95;
export const CUT_QUANTILE = CONTROL_QUANTILE ** 2;
const CONFIDENCE = 0.99;
/** Start and end of a request are whole milliseconds by the generator's clock. */
const ROUNDING_MS = 2;
/** Other errors than the time-out's come early as well; so many of them are not the time-out. */
const EARLY_SHARE = 0.05;
const LEAST = sampleSizeForMaximum(CONTROL_QUANTILE, 1 - (1 - CONFIDENCE) / 2);

export interface CutVerdict {
  readonly outcome: Exclude<Outcome, 'invalid'>;
  readonly why: 'in-time' | 'not-cut' | 'early' | 'late' | 'lost' | 'undecided' | 'too-few';
  readonly cut: number;
  /** Answered by the receiver all the same. */
  readonly uncut: number;
  /** That ended without any answer: nobody knows when they would have been cut off. */
  readonly lost: number;
  readonly early: number;
  readonly earliestMs: number | undefined;
  /** Of the cuts. */
  readonly medianMs: number | undefined;
  readonly quantileMs: number | undefined;
  readonly boundMs: number;
  /** Requests that were not held back. */
  readonly controls: number;
  /** Of the answers that the receiver gave all the same. */
  readonly slowestMs: number | undefined;
  readonly statuses: readonly (readonly [status: number, count: number])[];
}

export function judgeCuts(stream: RolloutStream, timeoutMs: number): CutVerdict {
  const controls = latencies(stream, ({ version, status, delayed }) => version !== null && !delayed && status < 500);
  const cuts = latencies(stream, ({ version, status }) => version === null && status >= 500);
  const uncut = latencies(stream, ({ version, delayed }) => version !== null && delayed);
  const lost = latencies(stream, ({ status }) => status === 0).length;
  const boundMs = timeoutMs + quantileInterval(controls, CONTROL_QUANTILE, CONFIDENCE).high;
  const early = cuts.filter((ms) => ms < timeoutMs - ROUNDING_MS).length;
  const quantileMs = quantileOf(cuts, CUT_QUANTILE);
  const decide = (): Pick<CutVerdict, 'outcome' | 'why'> => {
    if (uncut.length > 0) return { outcome: 'failed', why: 'not-cut' };
    if (cuts.length < LEAST || controls.length < LEAST) return { outcome: 'inconclusive', why: 'too-few' };
    if (early > EARLY_SHARE * cuts.length) return { outcome: 'failed', why: 'early' };
    if (quantileInterval(cuts, 0.5, CONFIDENCE).low > boundMs) return { outcome: 'failed', why: 'late' };
    if (lost > EARLY_SHARE * (cuts.length + lost)) return { outcome: 'inconclusive', why: 'lost' };
    return (quantileMs ?? 0) <= boundMs
      ? { outcome: 'passed', why: 'in-time' }
      : { outcome: 'inconclusive', why: 'undecided' };
  };
  return {
    ...decide(),
    ...{ lost, early, boundMs, quantileMs, medianMs: quantileOf(cuts, 0.5), earliestMs: cuts[0] },
    ...{ cut: cuts.length, uncut: uncut.length, controls: controls.length, slowestMs: uncut.at(-1) },
    statuses: statusesOf(stream),
  };
}

const quantileOf = (sorted: readonly number[], quantile: number) => sorted[Math.ceil(quantile * sorted.length) - 1];

function latencies(stream: RolloutStream, counts: (entry: StreamEntry) => boolean): readonly number[] {
  const found: number[] = [];
  for (const entry of stream.entries()) if (counts(entry)) found.push(entry.latencyMs);
  return found.sort((a, b) => a - b);
}

function statusesOf(stream: RolloutStream): CutVerdict['statuses'] {
  const statuses = new Map<number, number>();
  for (const { status } of stream.entries()) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  return [...statuses].sort(([a], [b]) => a - b);
}
