/**
 * Difference of two observed shares with an interval: Newcombe's hybrid score interval without continuity correction
 * (Newcombe 1998, Statistics in Medicine 17:873, method 10), built from the Wilson interval of each share.
 */
import erfcinv from '@stdlib/math-base-special-erfcinv';

export interface Proportion {
  readonly share: number;
  readonly n: number;
}

export interface ShareDifference {
  /** Second share minus first. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** True when the interval holds zero: samples of this size differ this much with the same true share. */
  readonly withinNoise: boolean;
}

/** @param errorRate two-sided, such as 0.01; undefined when one side saw nothing */
export function differenceOfShares(
  first: Proportion,
  second: Proportion,
  errorRate: number,
): ShareDifference | undefined {
  if (first.n === 0 || second.n === 0) return undefined;
  const z = Math.SQRT2 * erfcinv(errorRate);
  const [a, b] = [scoreInterval(first, z), scoreInterval(second, z)];
  const difference = second.share - first.share;
  const low = difference - Math.hypot(second.share - b.low, a.high - first.share);
  const high = difference + Math.hypot(b.high - second.share, first.share - a.low);
  return { difference, low, high, withinNoise: low <= 0 && high >= 0 };
}

function scoreInterval({ share, n }: Proportion, z: number): { low: number; high: number } {
  const middle = share + (z * z) / (2 * n);
  const half = z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return { low: Math.max(0, (middle - half) / scale), high: Math.min(1, (middle + half) / scale) };
}
