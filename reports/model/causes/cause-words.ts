/** A cause in words, the same in every report. */
import { formatClock, formatCount } from '../figures.ts';
import type { Cause } from './causes.ts';

const NAMED = 4;

/** "6 times: a, b, c, d and 2 more"; undefined for what happened once. */
export function countText({ count, places }: Cause): string | undefined {
  if (count === 1) return undefined;
  const shown = places.slice(0, NAMED);
  const left = places.length - shown.length;
  const named = shown.length === 0 ? '' : `: ${shown.join(', ')}${left > 0 ? ` and ${formatCount(left)} more` : ''}`;
  return `${formatCount(count)} times${named}`;
}

/** "since 12:04:31 UTC", else the claim in which it was met. */
export function sinceText({ sinceMs, claimId }: Cause): string | undefined {
  if (sinceMs !== undefined) return `first seen at ${formatClock(sinceMs)} UTC`;
  return claimId === undefined ? undefined : `first met in ${claimId}`;
}
