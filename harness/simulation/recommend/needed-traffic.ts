/** How many canary requests any rule of this kind needs, whatever its windows. */
import { binomialLowerTail, binomialUpperTail } from '../../stats/proportion.ts';

const MOST = 1e8;
const MOST_ERRORS = 2000;

/**
 * Least n such that "stop at more than k errors of n" has both error rates for some k: P(Bin(n, good) > k) <= maxFalse and
 * P(Bin(n, bad) <= k) <= maxMiss, exactly.
 * @returns undefined where the shares are no lower and higher one, or n would be beyond 10^8
 */
export function leastRequests(
  good: number,
  bad: number,
  { maxFalse, maxMiss }: { readonly maxFalse: number; readonly maxMiss: number },
): number | undefined {
  if (!(bad > good)) return undefined;
  for (let k = 0; k <= MOST_ERRORS; k += 1) {
    const n = leastDetecting(k, bad, maxMiss);
    if (n === undefined) return undefined;
    if (good === 0 || binomialUpperTail(k + 1, n, good) <= maxFalse) return n;
  }
  return undefined;
}

/** Least n with P(Bin(n, bad) <= k) <= maxMiss; the tail falls with n. */
function leastDetecting(k: number, bad: number, maxMiss: number): number | undefined {
  let high = k + 1;
  while (binomialLowerTail(k, high, bad) > maxMiss) {
    high *= 2;
    if (high > MOST) return undefined;
  }
  let low = Math.max(k, high / 2);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (binomialLowerTail(k, middle, bad) > maxMiss) low = middle;
    else high = middle;
  }
  return high;
}
