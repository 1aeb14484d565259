/** A heat-map made small enough to draw: neighbouring time bins and neighbouring latency columns are added up. */
import type { HeatMapReport } from './rollout-report.ts';

export type HeatBin = HeatMapReport['tracks'][number]['bins'][number];
export interface HeatTrack {
  readonly track: HeatMapReport['tracks'][number]['track'];
  readonly bins: readonly HeatBin[];
}

export const HEAT_ROWS = 40;
export const HEAT_LEVELS = 9;

/**
 * At most `limit` bins. Counts and errors are added up; a quantile of a merged bin is the highest of its parts, because
 * quantiles cannot be added and the worst is what a reader looks for.
 */
export function mergeHeatBins(bins: readonly HeatBin[], limit: number): { bins: readonly HeatBin[]; merged: number } {
  const merged = Math.max(1, Math.ceil(bins.length / limit));
  if (merged === 1) return { bins, merged };
  const result: HeatBin[] = [];
  for (let index = 0; index < bins.length; index += merged) {
    const group = bins.slice(index, index + merged);
    const [first, last] = [group[0], group.at(-1)];
    if (first === undefined || last === undefined) continue;
    const length = group.reduce((most, { counts }) => Math.max(most, counts.length), 0);
    result.push({
      startMs: first.startMs,
      endMs: last.endMs,
      counts: Array.from({ length }, (_, column) => group.reduce((sum, { counts }) => sum + (counts[column] ?? 0), 0)),
      errors: group.reduce((sum, { errors }) => sum + errors, 0),
      ...highest('p50', group),
      ...highest('p95', group),
      ...highest('p99', group),
    });
  }
  return { bins: result, merged };
}

function highest(name: 'p50' | 'p95' | 'p99', group: readonly HeatBin[]): { [key in typeof name]?: number } {
  const values = group.flatMap((bin) => bin[name] ?? []);
  return values.length === 0 ? {} : { [name]: values.reduce((a, b) => Math.max(a, b)) };
}

export interface HeatRow {
  /** Latencies in (low, high], ms; the highest row is open above and drawn one step high. */
  readonly lowMs: number;
  readonly highMs: number;
  /** Columns of `counts` that it adds up, from and to (exclusive). */
  readonly from: number;
  readonly to: number;
}

/** Rows from the fastest latency that was seen to the slowest, at most HEAT_ROWS. Empty when nothing was counted. */
export function heatRows(heatMap: HeatMapReport): readonly HeatRow[] {
  const { bounds } = heatMap;
  const seen = bounds.map(() => false);
  seen.push(false);
  for (const { bins } of heatMap.tracks)
    for (const { counts } of bins) for (const [column, count] of counts.entries()) if (count > 0) seen[column] = true;
  const first = seen.indexOf(true);
  if (first < 0 || bounds.length === 0) return [];
  const last = seen.lastIndexOf(true);
  const stride = Math.max(1, Math.ceil((last - first + 1) / HEAT_ROWS));
  const rows: HeatRow[] = [];
  for (let from = first; from <= last; from += stride) {
    const to = Math.min(from + stride, last + 1);
    rows.push({ lowMs: edge(bounds, from - 1), highMs: edge(bounds, to - 1), from, to });
  }
  return rows;
}

/** Bound of a column; beyond either end the neighbouring step is repeated, since a log axis has no zero or infinity. */
function edge(bounds: readonly number[], index: number): number {
  const [first = 1, second = first * 2] = bounds;
  if (index < 0) return first / Math.max(1.05, second / first);
  const last = bounds.at(-1) ?? first;
  const before = bounds.at(-2) ?? last / 2;
  return bounds[index] ?? last * Math.max(1.05, last / before);
}

export function countIn(bin: HeatBin, row: HeatRow): number {
  let sum = 0;
  for (let column = row.from; column < row.to; column += 1) sum += bin.counts[column] ?? 0;
  return sum;
}

/** 0 for nothing, else 1 to HEAT_LEVELS by the square root of the count, so that single requests stay visible. */
export function heatLevel(count: number, highestCount: number): number {
  if (count <= 0 || highestCount <= 0) return 0;
  return Math.min(HEAT_LEVELS, Math.max(1, Math.ceil(Math.sqrt(count / highestCount) * HEAT_LEVELS)));
}
