/** At which rate a load is run once more that generator or system could not keep up with. Pure. */
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
export function gentlerRate({ problemCodes = [], generator }: BooksReport): number | undefined {
  if (problemCodes.length === 0 || !problemCodes.every((code) => TOO_FAST.has(code as BooksProblemCode)))
    return undefined;
  const { achievedPerSecond, offeredPerSecond } = generator;
  return Math.max(1, Math.floor(GENTLER_SHARE * Math.min(achievedPerSecond, offeredPerSecond)));
}
