/**
 * The guard against verdicts from truncated evidence: whatever says `passed` after the run was told to end says it of a
 * part of what it promised to look at. Pure but for reading the signal.
 */
import type { Outcome } from './outcome.ts';
import type { SplitVerdict } from './split-judge.ts';

interface Judged {
  readonly outcome: Outcome;
  readonly sentence: string;
}

/** Why the signal aborted, as the end of a sentence; undefined: it did not. A time limit aborts with a TimeoutError. */
export function whyCutShort(signal: AbortSignal): string | undefined {
  if (!signal.aborted) return undefined;
  const { reason } = signal as { readonly reason: unknown };
  return reason instanceof DOMException && reason.name === 'TimeoutError'
    ? 'the time budget of the run was spent'
    : 'the run was interrupted';
}

/**
 * A judgement as it may stand now that its judge has returned: once the signal has aborted, `passed` becomes
 * `inconclusive`, and whatever is undecided says why. What failed or is invalid, and all that was measured, stays.
 */
export function withholdPass<T extends Judged>(judged: T, signal: AbortSignal): T {
  const why = whyCutShort(signal);
  if (why === undefined || judged.outcome === 'failed' || judged.outcome === 'invalid') return judged;
  return {
    ...judged,
    outcome: 'inconclusive',
    sentence: `Cut short: ${why} before this was decided. ${judged.sentence}`,
  };
}

/** The same for one split, whose reason is a code of its own. */
export function withholdSplitPass(verdict: SplitVerdict, signal: AbortSignal): SplitVerdict {
  if (verdict.outcome !== 'passed' || !signal.aborted) return verdict;
  return { ...withholdPass(verdict, signal), reason: 'interrupted' };
}
