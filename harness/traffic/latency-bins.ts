/** Latency over a rollout for the report: the heat-map (P5) and the percentile spectrum (P6), stable over canary. */
import { build, type Histogram } from 'hdr-histogram-js';
import type { HeatMapReport, PercentilesReport } from '../../reports/model/rollout-report.ts';
import { quantileInterval } from '../stats/order-statistic-interval.ts';
import type { RolloutStream } from './recorded-stream.ts';

type Track = 'stable' | 'canary';
export type TrackOf = (version: string) => Track;

/** What is not of the stable version is of the canary. */
export const trackOf =
  (stableVersion: string): TrackOf =>
  (version) =>
    version === stableVersion ? 'stable' : 'canary';

/** At most so many columns of time; more would be narrower than a pixel. */
const MOST_BINS = 240;
const LEAST_BIN_MS = 1_000;
const QUANTILES = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9999];
const CONFIDENCE = 0.99;
/** 1, 2, 5 per decade would hide a limit; these are Envoy's own buckets and the steps between them. */
const BOUNDS_MS = [1, 2, 3, 5, 7, 10, 15, 25, 35, 50, 75, 100, 150, 250, 350, 500, 750, 1000, 1500, 2500, 5000, 10_000];

const createHistogram = () => build({ bitBucketSize: 64, numberOfSignificantValueDigits: 3 });

interface Cell {
  readonly counts: number[];
  readonly histogram: Histogram;
  errors: number;
}

export function heatMapOf(title: string, stream: RolloutStream, track: TrackOf, limitMs?: number): HeatMapReport {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { startMs } of stream.entries()) {
    first = Math.min(first, startMs);
    last = Math.max(last, startMs);
  }
  const binMs = Math.max(LEAST_BIN_MS, Math.ceil((last - first) / MOST_BINS / 1000) * 1000);
  const cells: Record<Track, Map<number, Cell>> = { stable: new Map(), canary: new Map() };
  for (const { startMs, latencyMs, version, ending } of stream.entries()) {
    // a request that nobody answered belongs to neither track
    if (version === null) continue;
    const bin = Math.floor(startMs / binMs);
    const cell = cellAt(cells[track(version)], bin);
    if (ending !== 'answered') cell.errors += 1;
    const column = BOUNDS_MS.findIndex((bound) => latencyMs <= bound);
    const place = column < 0 ? BOUNDS_MS.length : column;
    cell.counts[place] = (cell.counts[place] ?? 0) + 1;
    cell.histogram.recordValue(Math.max(1, Math.round(latencyMs * 1000)));
  }
  return {
    title,
    ...(limitMs === undefined ? {} : { limitMs }),
    bounds: [...BOUNDS_MS],
    tracks: (['stable', 'canary'] as const).map((track) => ({
      track,
      bins: [...cells[track]]
        .sort(([a], [b]) => a - b)
        .map(([bin, { counts, errors, histogram }]) => ({
          startMs: bin * binMs,
          endMs: (bin + 1) * binMs,
          counts,
          errors,
          p50: milliseconds(histogram, 50),
          p95: milliseconds(histogram, 95),
          p99: milliseconds(histogram, 99),
        })),
    })),
  };
}

function cellAt(cells: Map<number, Cell>, bin: number): Cell {
  let cell = cells.get(bin);
  if (!cell) {
    cell = { counts: new Array<number>(BOUNDS_MS.length + 1).fill(0), histogram: createHistogram(), errors: 0 };
    cells.set(bin, cell);
  }
  return cell;
}

/** Recorded in microseconds. */
const milliseconds = (histogram: Histogram, percentile: number): number =>
  histogram.getValueAtPercentile(percentile) / 1000;

export function percentilesOf(
  title: string,
  stream: RolloutStream,
  track: TrackOf,
  limits: PercentilesReport['limits'] = [],
): PercentilesReport {
  const latencies: Record<Track, number[]> = { stable: [], canary: [] };
  for (const { latencyMs, version } of stream.entries())
    if (version !== null) latencies[track(version)].push(latencyMs);
  return {
    title,
    limits,
    tracks: (['stable', 'canary'] as const).map((track) => {
      const sorted = Float64Array.from(latencies[track]).sort();
      return { track, n: sorted.length, points: QUANTILES.flatMap((quantile) => pointAt(sorted, quantile)) };
    }),
  };
}

/** Exact order statistics: the smallest value that at least this share of the sample does not exceed. */
function pointAt(sorted: Float64Array, quantile: number): PercentilesReport['tracks'][number]['points'] {
  if (sorted.length === 0) return [];
  const ms = sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(quantile * sorted.length) - 1))]!;
  const { low, high } = quantileInterval(sorted, quantile, CONFIDENCE);
  return [
    {
      quantile,
      ms,
      ...(Number.isFinite(low) ? { low } : {}),
      ...(Number.isFinite(high) ? { high } : {}),
    },
  ];
}
