/** Functions of one series over one window, other than rates. Every window here holds at least one point. */
import { kahanAdd, kahanMean } from './kahan-sum.ts';
import type { Point } from './series.ts';

export const OVER_TIME: Readonly<Record<string, (points: readonly Point[]) => number>> = {
  avg_over_time: (points) => kahanMean(points.map(([, value]) => value)),
  min_over_time: (points) => extreme(points, (value, best) => value < best),
  max_over_time: (points) => extreme(points, (value, best) => value > best),
  sum_over_time: (points) => {
    const { sum, compensation } = points.reduce((state, [, value]) => kahanAdd(value, state), START);
    return sum === Number.POSITIVE_INFINITY || sum === Number.NEGATIVE_INFINITY ? sum : sum + compensation;
  },
  count_over_time: (points) => points.length,
  last_over_time: (points) => points.at(-1)![1],
  first_over_time: (points) => points[0]![1],
  present_over_time: () => 1,
  stdvar_over_time: variance,
  stddev_over_time: (points) => Math.sqrt(variance(points)),
  changes: (points) => countOf(points, (value, previous) => value !== previous && !bothNaN(value, previous)),
  resets: (points) => countOf(points, (value, previous) => value < previous),
};

/** Welford's running variance, compensated (promql/functions.go, varianceOverTime). */
function variance(points: readonly Point[]): number {
  let mean = START;
  let sum = START;
  for (const [index, [, value]] of points.entries()) {
    const delta = value - (mean.sum + mean.compensation);
    mean = kahanAdd(delta / (index + 1), mean);
    sum = kahanAdd(delta * (value - (mean.sum + mean.compensation)), sum);
  }
  return (sum.sum + sum.compensation) / points.length;
}

const START = { sum: 0, compensation: 0 };

/** NaN gives way to any number, and never displaces one. */
function extreme(points: readonly Point[], isBetter: (value: number, best: number) => boolean): number {
  return points.reduce(
    (best, [, value]) => (isBetter(value, best) || Number.isNaN(best) ? value : best),
    points[0]![1],
  );
}

function countOf(points: readonly Point[], counts: (value: number, previous: number) => boolean): number {
  return points.filter(([, value], index) => index > 0 && counts(value, points[index - 1]![1])).length;
}

function bothNaN(a: number, b: number): boolean {
  return Number.isNaN(a) && Number.isNaN(b);
}

/** Quantile of values (promql/quantile.go, quantile): NaN sorts first; linear between neighbours. */
export function sampleQuantile(quantile: number, values: readonly number[]): number {
  if (values.length === 0 || Number.isNaN(quantile)) return Number.NaN;
  if (quantile < 0) return Number.NEGATIVE_INFINITY;
  if (quantile > 1) return Number.POSITIVE_INFINITY;
  const sorted = values.toSorted((a, b) =>
    Number.isNaN(a) ? (Number.isNaN(b) ? 0 : -1) : Number.isNaN(b) ? 1 : a - b,
  );
  const rank = quantile * (sorted.length - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(sorted.length - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return sorted[lower]! * (1 - weight) + sorted[upper]! * weight;
}
