/** A load that generator or system could not keep up with is run once more, at a rate that they can. */
import type { BooksReport } from '../../reports/model/run-report.ts';
import type { BooksProblemCode } from '../verdict/books.ts';

/** Problems that a lower rate mends. */
const TOO_FAST: ReadonlySet<BooksProblemCode> = new Set([
  'dropped-iterations',
  'generator-saturated',
  'rate-not-reached',
]);
/** Of the rate that was achieved: what is left is room for everything else that the machine does. */
const GENTLER_SHARE = 0.5;

/**
 * What the generator achieved decides, never which version answered, so the error rates of the second try are its own.
 *
 * @returns undefined where nothing is wrong, or something that a lower rate does not mend
 */
function gentlerRate({ problemCodes = [], generator }: BooksReport): number | undefined {
  if (problemCodes.length === 0 || !problemCodes.every((code) => TOO_FAST.has(code as BooksProblemCode)))
    return undefined;
  const { achievedPerSecond, offeredPerSecond } = generator;
  return Math.max(1, Math.floor(GENTLER_SHARE * Math.min(achievedPerSecond, offeredPerSecond)));
}

export interface GentlyRun<Run> {
  /** What is judged. */
  readonly run: Run;
  /** The books of a first try that nobody judges, because its rate was more than could be sustained. */
  readonly tooFast?: BooksReport;
}

/** @param run takes the rate per second of a second try; undefined: the first, at its own rate */
export async function runGently<Run>(
  run: (gentler?: number) => Promise<Run>,
  booksOf: (run: Run) => BooksReport,
  signal: AbortSignal,
): Promise<GentlyRun<Run>> {
  const first = await run();
  const books = booksOf(first);
  const gentler = gentlerRate(books);
  if (gentler === undefined || signal.aborted) return { run: first };
  const second = await run(gentler);
  return { run: second, tooFast: { ...books, repeatedAs: booksOf(second).id } };
}
