/** Share of each arm per second of request start, with its 99 % Wilson band: the dots of the traffic timeline (P1). */
import type { TimelineReport } from '../../reports/model/run-report.ts';
import { wilsonInterval } from '../stats/proportion.ts';

const BIN_MS = 1000;
const BAND_CONFIDENCE = 0.99;

export type ShareSeries = TimelineReport['series'][number];

export interface ShareBins {
  /** @param arm who answered, as the receiver named itself */
  add(startMs: number, arm: string): void;
  series(path: ShareSeries['path'], arm: string): ShareSeries;
}

/** Memory grows by one small map for each second of load, never with the number of requests. */
export function createShareBins(): ShareBins {
  const bins = new Map<number, Map<string, number>>();
  return {
    add(startMs, arm) {
      const bin = Math.floor(startMs / BIN_MS);
      let counts = bins.get(bin);
      if (counts === undefined) {
        counts = new Map();
        bins.set(bin, counts);
      }
      counts.set(arm, (counts.get(arm) ?? 0) + 1);
    },
    series: (path, arm) => ({
      path,
      arm,
      bins: [...bins]
        .sort(([a], [b]) => a - b)
        .map(([bin, counts]) => {
          const n = [...counts.values()].reduce((sum, count) => sum + count, 0);
          const hits = counts.get(arm) ?? 0;
          const band = wilsonInterval(hits, n, BAND_CONFIDENCE);
          return {
            startMs: bin * BIN_MS,
            endMs: (bin + 1) * BIN_MS,
            n,
            share: hits / n,
            low: band.low,
            high: band.high,
          };
        }),
    }),
  };
}
