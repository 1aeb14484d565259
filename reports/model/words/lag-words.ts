/**
 * When clients followed a change, said as what is known: the 99 % set of the change time and not its middle, which at a
 * modest rate may lie before the write. No request can tell of a moment at which none was sent, so the set is as wide as
 * so many requests take, and a rate that makes it narrow enough can be named.
 */
import { formatCount, formatDuration, THIN } from '../figures.ts';
import type { LedgerReport, PropagationReport } from '../ledger-report.ts';
import type { RunReport } from '../run-report.ts';

type Seen = PropagationReport['observed'][number];

/** Half-width that is offered, in milliseconds. */
const WISHED_MS = 100;

/** Requests per second of a path, from the stretches of the ledger; undefined where none was recorded. */
export function rateOfPath(
  { segments }: Pick<LedgerReport, 'segments'>,
  path: RunReport['splits'][number]['path'],
): number | undefined {
  const own = segments.filter((one) => one.path === path);
  const ms = own.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  const requests = own.reduce((sum, { n }) => sum + n, 0);
  return ms > 0 && requests > 0 ? (requests * 1000) / ms : undefined;
}

/** "within 0.52 s", or "0.8 s to 1.4 s": what is known of the time from the write to the new share. */
export function followedText({ lowMs, highMs }: Seen, declaredAtMs: number): string {
  const [low, high] = [lowMs - declaredAtMs, highMs - declaredAtMs];
  if (high <= 0) return 'at once';
  return low <= 0 ? `within ${formatDuration(high)}` : `after ${formatDuration(low)} to ${formatDuration(high)}`;
}

/** "at 50 requests/s no finer; 190 requests/s would tell it to ±0.1 s"; undefined where it is that fine already. */
export function finerText({ lowMs, highMs }: Seen, ratePerSecond: number | undefined): string | undefined {
  const width = highMs - lowMs;
  if (ratePerSecond === undefined || width <= 2 * WISHED_MS) return undefined;
  const needed = Math.ceil((ratePerSecond * width) / (2 * WISHED_MS) / 10) * 10;
  return `at ${formatCount(ratePerSecond)}${THIN}requests/s no finer; ${formatCount(needed)}${THIN}requests/s would tell it to ±0.1${THIN}s`;
}
