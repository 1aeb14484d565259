/** Losses that the environment's control requests share make the books bad: nobody knows what the subject would have done. */
import type { BooksReport } from '../../reports/model/run-report.ts';
import { sharedInterval, type UnhealthyInterval } from '../verdict/environment-health.ts';
import type { RolloutStream } from './recorded-stream.ts';

/** A request that nobody answered, or a proxy in nobody's name. Unix milliseconds. */
export interface Loss {
  readonly startMs: number;
  readonly endMs: number;
}

/** Among `problemCodes` of books. */
export const LOSSES_SHARED = 'losses-shared';

/**
 * `invalid` where every loss is shared; with one loss that is not, the books stand, and the losses are the subject's. Pure.
 */
export function withSharedLosses(
  books: BooksReport,
  losses: Iterable<Loss>,
  intervals: readonly UnhealthyInterval[],
): BooksReport {
  const shared = onlySharedLosses(losses, intervals);
  if (!shared) return books;
  const { lost, why } = shared;
  return {
    ...books,
    outcome: 'invalid',
    problems: [
      ...books.problems,
      `all ${lost} lost requests fell into moments at which a service that nothing touches was not answered in time either (${why}): the environment lost them; run again on a quieter machine`,
    ],
    problemCodes: [...(books.problemCodes ?? []), LOSSES_SHARED],
  };
}

/** Undefined where nothing was lost, or one loss is not shared: that one is the subject's. */
export function onlySharedLosses(
  losses: Iterable<Loss>,
  intervals: readonly UnhealthyInterval[],
): { readonly lost: number; readonly why: string } | undefined {
  if (intervals.length === 0) return undefined;
  let found: { readonly lost: number; readonly why: string } | undefined;
  for (const loss of losses) {
    const shared = sharedInterval(loss, intervals);
    if (!shared) return undefined;
    found = { lost: (found?.lost ?? 0) + 1, why: shared.why };
  }
  return found;
}

export function* lossesIn(stream: Pick<RolloutStream, 'entries'>): Iterable<Loss> {
  for (const { ending, startMs, latencyMs } of stream.entries())
    if (ending === 'lost') yield { startMs, endMs: startMs + latencyMs };
}
