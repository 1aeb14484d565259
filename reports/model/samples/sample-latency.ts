/** Latency and errors of the sample rollout, for tests: a log-normal body with a slower tail, drawn request by request. */
import type { ErrorLedgerReport, HeatMapReport, PercentilesReport } from '../rollout-report.ts';
import * as schedule from './sample-rollout-schedule.ts';

const LIMIT_MS = 250;
/** 44 bounds from 2 ms to about 5 s, each a fifth above the one before. */
const BOUNDS = Array.from({ length: 44 }, (_, index) => Math.round(200 * 1.2 ** index) / 100);
const QUANTILES = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999] as const;
const BIN_MS = 5_000;
type Track = 'stable' | 'canary';

interface Drawn {
  readonly heatMap: HeatMapReport;
  readonly percentiles: PercentilesReport;
}

export function sampleLatency(startedAt: number, slow: boolean): Drawn {
  const tracks = (['stable', 'canary'] as const).map((track, index) => drawTrack(track, startedAt, slow, 51 + index));
  return {
    heatMap: {
      title: 'checkout: latency at the ingress',
      limitMs: LIMIT_MS,
      bounds: BOUNDS,
      tracks: tracks.map(({ track, bins }) => ({ track, bins })),
    },
    percentiles: {
      title: 'checkout: latency by quantile',
      limits: [
        { quantile: 0.95, ms: LIMIT_MS },
        { quantile: 0.99, ms: 600 },
      ],
      tracks: tracks.map(({ track, all }) => ({ track, n: all.length, points: quantilePoints(all) })),
    },
  };
}

function drawTrack(track: Track, startedAt: number, slow: boolean, seed: number) {
  const random = schedule.seededUniform(seed);
  const all: number[] = [];
  const bins: HeatMapReport['tracks'][number]['bins'] = [];
  for (let from = 0; from < schedule.END_MS; from += BIN_MS) {
    const share = schedule.shareOfPath('ingress', false, from + BIN_MS / 2);
    const requests = Math.round(100 * (BIN_MS / 1000) * (track === 'canary' ? share : 1 - share));
    const faulty = track === 'canary' && from + BIN_MS > schedule.FAULT_MS;
    const taken = Array.from({ length: requests }, () => latency(random, slow && faulty)).toSorted((a, b) => a - b);
    const counts = Array.from({ length: BOUNDS.length + 1 }, () => 0);
    for (const ms of taken) {
      const column = BOUNDS.findIndex((bound) => ms <= bound);
      const index = column < 0 ? BOUNDS.length : column;
      counts[index] = (counts[index] ?? 0) + 1;
    }
    const at = (quantile: number) => taken[Math.min(taken.length - 1, Math.floor(quantile * taken.length))];
    const [p50, p95, p99] = [at(0.5), at(0.95), at(0.99)];
    bins.push({
      startMs: startedAt + from,
      endMs: startedAt + from + BIN_MS,
      counts,
      errors: faulty ? Math.round(requests * 0.05) : 0,
      ...(p50 === undefined || p95 === undefined || p99 === undefined ? {} : { p50, p95, p99 }),
    });
    for (const ms of taken) all.push(ms);
  }
  return { track, bins, all: all.toSorted((a, b) => a - b) };
}

/** Median 12 ms; one request in a hundred waits for a second try. Slow: median 60 ms with a wide spread. */
function latency(random: () => number, slow: boolean): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const body = slow ? 60 * Math.exp(0.85 * normal) : 12 * Math.exp(0.42 * normal);
  return Math.round((random() < 0.01 ? body + 110 : body) * 100) / 100;
}

/** Order statistics with a normal-approximation rank interval (99 %), absent where the sample does not reach. */
function quantilePoints(sorted: readonly number[]): PercentilesReport['tracks'][number]['points'] {
  return QUANTILES.filter((quantile) => sorted.length * (1 - quantile) >= 1).map((quantile) => {
    const n = sorted.length;
    const rank = quantile * n;
    const half = 2.5758 * Math.sqrt(n * quantile * (1 - quantile));
    const [low, high] = [sorted[Math.max(0, Math.floor(rank - half))], sorted[Math.ceil(rank + half)]];
    return {
      quantile,
      ms: sorted[Math.floor(rank)] ?? 0,
      ...(low === undefined || high === undefined ? {} : { low, high }),
    };
  });
}

export function sampleErrorLedger(startedAt: number, lost: boolean): ErrorLedgerReport {
  const row = (
    phase: string,
    track: string,
    status: number,
    flag: string,
    meaning: string,
    injected: boolean,
    count: number,
    fromMs: number,
    toMs: number,
  ) => ({
    phase,
    track,
    status,
    flag,
    meaning,
    injected,
    count,
    firstMs: startedAt + fromMs,
    lastMs: startedAt + toMs,
  });
  return {
    title: 'checkout: every request that was not answered well',
    sent: 82_400,
    budget: 0,
    rows: [
      row('canary at 50 %', 'canary', 500, '-', 'made by the fault', true, 412, 84_020, 117_300),
      row('abort', 'canary', 500, '-', 'made by the fault', true, lost ? 91 : 9, 117_310, lost ? 126_640 : 117_610),
      ...(lost
        ? [
            row(
              'abort',
              'unknown',
              503,
              'UH',
              'no healthy upstream: the canary was gone before its route',
              false,
              37,
              147_510,
              149_900,
            ),
            row('abort', 'canary', 503, 'UC', 'upstream connection termination', false, 4, 147_480, 147_530),
            row('pod restart', 'stable', 0, 'DC', 'the client went away', false, 1, 151_200, 151_200),
          ]
        : []),
    ],
  };
}
