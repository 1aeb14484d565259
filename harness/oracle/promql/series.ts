/**
 * Scraped samples as the oracle sees them: one entry per series, points in the order of time.
 *
 * Shapes: labels include `__name__`; a point is [milliseconds since 1970, value]; values may be NaN or infinite.
 * Staleness markers are NaNs with bits of their own, which JavaScript cannot tell from others, so their times are kept
 * apart, in `staleAtMs`.
 */
export type Labels = Readonly<Record<string, string>>;
export type Point = readonly [timeMs: number, value: number];

export interface Series {
  readonly labels: Labels;
  readonly points: readonly Point[];
  /** Times of staleness markers (the target or the series went away); sorted. */
  readonly staleAtMs?: readonly number[];
}

export interface LabelMatcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
  /** Whether a label value is accepted; a label that is absent has the value ''. */
  readonly accepts: (value: string) => boolean;
}

export function matches(labels: Labels, matchers: readonly LabelMatcher[]): boolean {
  return matchers.every(({ label, accepts }) => accepts(labels[label] ?? ''));
}

/** Index of the last point that is not later than the time, or -1. */
function lastIndexAt(points: readonly Point[], timeMs: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle]![0] <= timeMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Points of the window (from, to]: open on the left since Prometheus 3.0. */
export function pointsWithin(points: readonly Point[], fromMs: number, toMs: number): readonly Point[] {
  return points.slice(lastIndexAt(points, fromMs) + 1, lastIndexAt(points, toMs) + 1);
}

/**
 * The value that an instant selector sees: that of the last point within the look-back, unless a staleness marker came
 * after it (promql/engine.go, vectorSelectorSingle).
 */
export function valueAt(series: Series, timeMs: number, lookbackMs: number): number | undefined {
  const point = series.points[lastIndexAt(series.points, timeMs)];
  if (!point || point[0] <= timeMs - lookbackMs) return undefined;
  const stale = series.staleAtMs?.some((markedMs) => markedMs > point[0] && markedMs <= timeMs) ?? false;
  return stale ? undefined : point[1];
}

/** One text for one set of labels: for grouping and for finding duplicates. */
export function labelKey(labels: Labels): string {
  let key = '';
  for (const name of Object.keys(labels).sort()) {
    const value = labels[name]!;
    // with their lengths, no two sets of labels read alike
    key += `${name.length}:${name}${value.length}:${value}`;
  }
  return key;
}
