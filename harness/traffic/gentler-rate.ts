/**
 * A load that generator or system could not keep up with is run once more, at a rate that they can: a split declares
 * shares, not a rate. Two reasons, told apart by what the second try does to the error rates.
 *
 * The generator was too slow: what it achieved decides, never which version answered, and nobody judges the first try, so
 * the error rates of the second are its own. Requests were lost: the first try was judged and came to nothing; a verdict
 * of the two together errs with at most the sum of both rates (union bound), and the report says so.
 */
import type { BooksReport, SplitReport } from '../../reports/model/run-report.ts';
import type { BooksProblemCode } from '../verdict/books.ts';
import { probability, requests, whole } from '../verdict/wording.ts';
import { LOSSES_SHARED } from './shared-losses.ts';

/** What a load came to: its books, and the verdict on them. */
export interface SeenLoad {
  readonly books: BooksReport;
  readonly split: Pick<SplitReport, 'outcome' | 'reason' | 'samples' | 'errors' | 'unattributed' | 'alpha' | 'beta'>;
}

/** Problems that a lower rate mends. */
const TOO_FAST: ReadonlySet<string> = new Set([
  'dropped-iterations',
  'generator-saturated',
  'rate-not-reached',
] satisfies BooksProblemCode[]);
/** Of the rate that was achieved: what is left is room for everything else that the machine does. */
const GENTLER_SHARE = 0.5;

type WhyAgain = 'too-fast' | 'lost';

/** @returns undefined where nothing is wrong, or something that a lower rate does not mend */
function whyAgain({ books: { problemCodes = [] }, split }: SeenLoad): WhyAgain | undefined {
  const mended = problemCodes.every((code) => TOO_FAST.has(code) || code === LOSSES_SHARED);
  if (!mended) return undefined;
  if (problemCodes.includes(LOSSES_SHARED)) return 'lost';
  if (problemCodes.length > 0) return 'too-fast';
  return split.outcome === 'inconclusive' && split.reason === 'too-many-unsigned' ? 'lost' : undefined;
}

export interface GentlyRun<Run> {
  /** What is judged. */
  readonly run: Run;
  /** The books of a first try that no verdict rests on, because its rate was more than could be sustained. */
  readonly tooFast?: BooksReport;
}

/** @param run takes the rate per second of a second try; undefined: the first, at its own rate */
export async function runGently<Run>(
  run: (gentler?: number) => Promise<Run>,
  seen: (run: Run) => SeenLoad,
  signal: AbortSignal,
): Promise<GentlyRun<Run>> {
  const first = await run();
  const load = seen(first);
  const why = whyAgain(load);
  if (why === undefined || signal.aborted) return { run: first };
  const { achievedPerSecond, offeredPerSecond } = load.books.generator;
  const second = await run(Math.max(1, Math.floor(GENTLER_SHARE * Math.min(achievedPerSecond, offeredPerSecond))));
  const books = why === 'lost' ? withLosses(load) : load.books;
  return { run: second, tooFast: { ...books, repeatedAs: seen(second).books.id } };
}

function withLosses({ books, split }: SeenLoad): BooksReport {
  const unsigned = split.errors + split.unattributed;
  const lost = `${whole(unsigned)} of ${requests(split.samples)} had no signed answer, so that no share could be told from this load; with a second one, at a lower rate, a failure errs with probability at most ${probability(2 * split.alpha)} and a pass with at most ${probability(2 * split.beta)}`;
  return {
    ...books,
    outcome: 'invalid',
    problems: [...books.problems, lost],
    problemCodes: [...(books.problemCodes ?? []), 'too-many-unsigned'],
  };
}
