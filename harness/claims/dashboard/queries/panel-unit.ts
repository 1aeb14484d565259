/** Figures in another unit than the panel shows them in: as shown, they are more than any client can have seen. */
import type { PanelQuery } from '../grafana/panel-queries.ts';
import type { PanelAnswer } from './ask-panel.ts';
import type { ClientTraffic } from './client-traffic.ts';
import type { Signal } from './metric-reading.ts';

/** Units of Grafana: packages/grafana-data/src/valueFormats/categories.ts. */
const DURATION_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  dtdurations: 1_000,
  dtdurationms: 1,
};
const PER_SECOND: Readonly<Record<string, number>> = {
  ...{ reqps: 1, rps: 1, ops: 1, cps: 1, reqpm: 60, rpm: 60, opm: 60, cpm: 60 },
};
/** A bucket ends at three times of what fell into it at most, and a count of requests has bounds of its own. */
const SLACK = 5;

interface Seen {
  readonly clients: ClientTraffic;
  /** Requests to the Service that one request of the clients makes. */
  readonly perRequest: number;
  readonly ratePerSecond: number;
}

/** @returns what is wrong, in words */
export function misreadUnit(
  { unit }: PanelQuery,
  { values }: PanelAnswer,
  signals: ReadonlySet<Signal>,
  { clients, perRequest, ratePerSecond }: Seen,
): string | undefined {
  if (unit === undefined || signals.size !== 1) return undefined;
  const most = Math.max(...values.map(({ value }) => value).filter(Number.isFinite));
  const unitMs = DURATION_MS[unit];
  if (signals.has('latency') && unitMs !== undefined && most * unitMs > Math.max(1, SLACK * clients.slowestMs))
    return 'no client waited that long';
  const each = PER_SECOND[unit];
  if (
    each !== undefined &&
    (signals.has('traffic') || signals.has('errors')) &&
    most > SLACK * each * perRequest * ratePerSecond
  )
    return 'no clients sent that many';
  if (signals.has('errors') && unit === 'percentunit' && most > 1) return 'a share of one is all there is';
  return undefined;
}
