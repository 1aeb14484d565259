/** A cause in words, the same in every report. */
import { formatClock, formatCount } from '../figures.ts';
import type { Cause } from './causes.ts';

const NAMED = 4;

/** "6 times: a, b, c, d and 2 more", "5 times: 3 × a, 2 × b"; undefined for what happened once. */
export function countText({ count, places }: Cause): string | undefined {
  if (count === 1) return undefined;
  const times = [...Map.groupBy(places, (place) => place)].map(([place, { length }]) => ({ place, length }));
  const shown = times.slice(0, NAMED).map(({ place, length }) => (length === 1 ? place : `${length} × ${place}`));
  const left = times.length - shown.length;
  const named = shown.length === 0 ? '' : `: ${shown.join(', ')}${left > 0 ? ` and ${formatCount(left)} more` : ''}`;
  return `${formatCount(count)} times${named}`;
}

/** "since 12:04:31 UTC", else the claim in which it was met. */
export function sinceText({ sinceMs, claimId }: Cause): string | undefined {
  if (sinceMs !== undefined) return `first seen at ${formatClock(sinceMs)} UTC`;
  return claimId === undefined ? undefined : `first met in ${claimId}`;
}
