/**
 * rate, increase, delta, irate and idelta over the points of one window, for floats and without start timestamps
 * (Prometheus 3.15, promql/functions.go, extrapolatedRate and instantValue). The order of the operations is theirs, so
 * that results are equal to the last bit.
 */
import type { Point } from './series.ts';

export interface RateWindow {
  /** Points inside (startMs, endMs], in the order of time. */
  readonly points: readonly Point[];
  readonly startMs: number;
  readonly endMs: number;
}

/** Undefined with fewer than two points: then there is no result for the series. */
export function extrapolatedRate(window: RateWindow, kind: 'rate' | 'increase' | 'delta'): number | undefined {
  const { points, startMs, endMs } = window;
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last || points.length < 2) return undefined;
  const isCounter = kind !== 'delta';
  let change = last[1] - first[1];
  if (isCounter)
    for (let index = 1; index < points.length; index += 1)
      if (points[index]![1] < points[index - 1]![1]) change += points[index - 1]![1];

  let toStart = (first[0] - startMs) / 1000;
  let toEnd = (endMs - last[0]) / 1000;
  const sampled = (last[0] - first[0]) / 1000;
  const spacing = sampled / (points.length - 1);
  const threshold = spacing * 1.1;
  if (toStart >= threshold) toStart = spacing / 2;
  if (isCounter && change > 0 && first[1] >= 0) {
    const toZero = sampled * (first[1] / change);
    if (toZero < toStart) toStart = toZero;
  }
  if (toEnd >= threshold) toEnd = spacing / 2;
  let factor = (sampled + toStart + toEnd) / sampled;
  if (kind === 'rate') factor /= (endMs - startMs) / 1000;
  return change * factor;
}

/** The last two points only: per second for `irate`, the plain difference for `idelta`. */
export function instantChange(points: readonly Point[], kind: 'irate' | 'idelta'): number | undefined {
  const last = points.at(-1);
  const previous = points.at(-2);
  if (!last || !previous || last[0] === previous[0]) return undefined;
  if (kind === 'idelta') return last[1] - previous[1];
  const change = last[1] < previous[1] ? last[1] : last[1] - previous[1];
  return change / ((last[0] - previous[0]) / 1000);
}
