/** deriv and predict_linear (promql/functions.go, linearRegression). */
import { kahanAdd } from './kahan-sum.ts';
import type { Point } from './series.ts';

/** Undefined with fewer than two points: then there is no result for the series. */
export function slopeOf(points: readonly Point[]): number | undefined {
  return points.length < 2 ? undefined : regression(points, points[0]![0]).slope;
}

/** The value that the line through the points has some seconds after the instant of the query. */
export function predicted(points: readonly Point[], nowMs: number, seconds: number): number | undefined {
  if (points.length < 2) return undefined;
  const { slope, intercept } = regression(points, nowMs);
  return slope * seconds + intercept;
}

function regression(points: readonly Point[], interceptMs: number): { slope: number; intercept: number } {
  const first = points[0]![1];
  if (points.every(([, value], index) => index === 0 || value === first))
    return Math.abs(first) === Number.POSITIVE_INFINITY
      ? { slope: Number.NaN, intercept: Number.NaN }
      : { slope: 0, intercept: first };
  const count = points.length;
  const sumOf = (term: (x: number, y: number) => number): number => {
    const start = { sum: 0, compensation: 0 };
    const { sum, compensation } = points.reduce(
      (state, [atMs, value]) => kahanAdd(term((atMs - interceptMs) / 1000, value), state),
      start,
    );
    return sum + compensation;
  };
  const [sumX, sumY] = [sumOf((x) => x), sumOf((_, y) => y)];
  const covariance = sumOf((x, y) => x * y) - (sumX * sumY) / count;
  const variance = sumOf((x) => x * x) - (sumX * sumX) / count;
  const slope = covariance / variance;
  return { slope, intercept: sumY / count - (slope * sumX) / count };
}
