/** Latency of answered requests in a high dynamic range histogram: fixed memory, error below 0.1 %. */
import { build } from 'hdr-histogram-js';
import type { SplitReport } from '../../reports/model/run-report.ts';

const HIGHEST_MICROSECONDS = 3_600_000_000;

export interface LatencySummary {
  add(durationMs: number): void;
  /** Undefined when nothing was answered. */
  summary(): SplitReport['latencyMs'];
}

export function createLatencySummary(): LatencySummary {
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_MICROSECONDS,
    numberOfSignificantValueDigits: 3,
  });
  return {
    add(durationMs) {
      const microseconds = Math.round(durationMs * 1000);
      histogram.recordValue(Math.min(HIGHEST_MICROSECONDS, Math.max(1, microseconds)));
    },
    summary() {
      if (histogram.totalCount === 0) return undefined;
      const atMs = (percentile: number) => histogram.getValueAtPercentile(percentile) / 1000;
      return { p50: atMs(50), p95: atMs(95), p99: atMs(99), max: histogram.maxValue / 1000 };
    },
  };
}
