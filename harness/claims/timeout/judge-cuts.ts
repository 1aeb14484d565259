/**
 * Whether requests were cut off in time. Pure.
 *
 * The bound is derived, not guessed: what a request needs on its way beside the receiver's own time is what the same
 * clients needed in the same run when the receiver did not hold anything back. So a cut must come after the declared time,
 * and its quantile no later than the declared time and the upper bound of that quantile of the path. A quantile of the cuts
 * whose lower bound lies above is too late with that confidence; where only its estimate does, nobody knows.
 */
import { quantileInterval, sampleSizeForMaximum } from '../../stats/order-statistic-interval.ts';
import type { RolloutStream } from '../../traffic/recorded-stream.ts';
import type { Outcome } from '../../verdict/outcome.ts';

export const QUANTILE = 0.95;
const CONFIDENCE = 0.99;
/** Start and end of a request are whole milliseconds by the generator's clock. */
const ROUNDING_MS = 2;
/** Other errors than the time-out's come early as well; so many of them are not the time-out. */
const EARLY_SHARE = 0.05;
const LEAST = sampleSizeForMaximum(QUANTILE, 1 - (1 - CONFIDENCE) / 2);

export interface CutVerdict {
  readonly outcome: Exclude<Outcome, 'invalid'>;
  readonly why: 'in-time' | 'not-cut' | 'early' | 'late' | 'undecided' | 'too-few';
  readonly cut: number;
  /** Answered by the receiver all the same. */
  readonly uncut: number;
  readonly early: number;
  /** Of the cuts. */
  readonly quantileMs: number | undefined;
  readonly earliestMs: number | undefined;
  readonly boundMs: number;
  /** Of the answers that the receiver gave all the same. */
  readonly slowestMs: number | undefined;
  readonly statuses: readonly (readonly [status: number, count: number])[];
}

/**
 * @param control the same clients while nothing is held back
 * @param held while every answer is held back for much longer than the time-out
 */
export function judgeCuts(control: RolloutStream, held: RolloutStream, timeoutMs: number): CutVerdict {
  const usual = latencies(control, ({ version, status }) => version !== null && status < 500);
  const boundMs = timeoutMs + quantileInterval(usual, QUANTILE, CONFIDENCE).high;
  const cuts = latencies(held, ({ version, status }) => version === null && status >= 500);
  const uncut = latencies(held, ({ version }) => version !== null);
  const early = cuts.filter((ms) => ms < timeoutMs - ROUNDING_MS).length;
  const interval = quantileInterval(cuts, QUANTILE, CONFIDENCE);
  const quantileMs = cuts[Math.ceil(QUANTILE * cuts.length) - 1];
  const statuses = new Map<number, number>();
  for (const { status } of held.entries()) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  const decide = (): Pick<CutVerdict, 'outcome' | 'why'> => {
    if (uncut.length > 0) return { outcome: 'failed', why: 'not-cut' };
    if (cuts.length < LEAST || usual.length < LEAST) return { outcome: 'inconclusive', why: 'too-few' };
    if (early > EARLY_SHARE * cuts.length) return { outcome: 'failed', why: 'early' };
    if (interval.low > boundMs) return { outcome: 'failed', why: 'late' };
    return (quantileMs ?? 0) <= boundMs
      ? { outcome: 'passed', why: 'in-time' }
      : { outcome: 'inconclusive', why: 'undecided' };
  };
  return {
    ...decide(),
    ...{ early, boundMs, quantileMs, cut: cuts.length, uncut: uncut.length, earliestMs: cuts[0] },
    slowestMs: uncut.at(-1),
    statuses: [...statuses].sort(([a], [b]) => a - b),
  };
}

function latencies(
  stream: RolloutStream,
  counts: (entry: { readonly version: string | null; readonly status: number }) => boolean,
): readonly number[] {
  const found: number[] = [];
  for (const entry of stream.entries()) if (counts(entry)) found.push(entry.latencyMs);
  return found.sort((a, b) => a - b);
}
