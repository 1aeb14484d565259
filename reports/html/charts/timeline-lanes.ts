/** Lanes of P2: the run's own events, and what ledger and analyses add to them, in the order of the pipeline. */
import { formatDeclared } from '../../model/figures.ts';
import type { LedgerReport } from '../../model/ledger-report.ts';
import type { AnalysisReport } from '../../model/rollout-report.ts';
import type { TimelineReport } from '../../model/run-report.ts';

export interface LaneEvent {
  readonly atMs: number;
  readonly lane: string;
  readonly label: string;
  readonly detail?: string | undefined;
  readonly sign: 'event' | 'write' | 'acknowledged' | 'fault' | 'good' | 'bad' | 'unknown';
}

/** Lanes not listed come after these, in the order of their first event. */
const ORDER: readonly RegExp[] = [
  /^git\b/i,
  /^argo cd\b/i,
  /^(api|virtualservice)/i,
  /^(xds|istiod)/i,
  /^ack /,
  /^rollout/i,
  /^analysis\b/i,
  /^pods?\b/i,
  /^faults?\b/i,
  /^(k6|load)\b/i,
  /^harness\b/i,
];
/** More proxies than this share one lane. */
const PROXY_LANES = 6;
const MEASUREMENT_SIGN: Readonly<Record<string, LaneEvent['sign']>> = { Successful: 'good', Failed: 'bad' };

export function laneEvents(
  timeline: TimelineReport,
  ledger: LedgerReport | undefined,
  analyses: readonly AnalysisReport[],
): readonly LaneEvent[] {
  const own = timeline.events.map((event) => ({
    ...event,
    sign: /^faults?\b/i.test(event.lane) ? ('fault' as const) : ('event' as const),
  }));
  const has = (pattern: RegExp) => own.some(({ lane }) => pattern.test(lane));
  const added = [
    ...(ledger === undefined || has(/^(api|virtualservice)/i) ? [] : apiWrites(ledger)),
    ...(ledger === undefined || has(/^git\b/i) ? [] : commits(ledger)),
    ...(ledger === undefined ? [] : acknowledgements(ledger)),
    ...analyses
      .filter(({ rollout }) => timeline.rollout === undefined || rollout === timeline.rollout)
      .flatMap(measurements),
  ];
  return [...own, ...added];
}

/** Lanes in their order on the page. */
export function laneNames(events: readonly LaneEvent[]): readonly string[] {
  const names = [...new Set(events.toSorted((a, b) => a.atMs - b.atMs).map((event) => event.lane))];
  const rank = (name: string) => {
    const found = ORDER.findIndex((pattern) => pattern.test(name));
    return found < 0 ? ORDER.length : found;
  };
  return names.toSorted((a, b) => rank(a) - rank(b));
}

function apiWrites(ledger: LedgerReport): LaneEvent[] {
  return ledger.entries
    .filter(({ layer }) => layer === 'api')
    .map((entry) => ({
      atMs: entry.atMs,
      lane: 'API writes',
      label: entry.writer === undefined ? held(entry) : `${held(entry)} by ${entry.writer}`,
      detail: [entry.holder, entry.version].filter(Boolean).join(', '),
      sign: 'write' as const,
    }));
}

function commits(ledger: LedgerReport): LaneEvent[] {
  return ledger.entries
    .filter(({ layer }) => layer === 'git')
    .map((entry) => ({
      atMs: entry.atMs,
      lane: 'Git',
      label: [entry.version?.slice(0, 7), held(entry)].filter(Boolean).join(': '),
      detail: entry.holder,
      sign: 'write' as const,
    }));
}

function acknowledgements(ledger: LedgerReport): LaneEvent[] {
  const entries = ledger.entries.filter(({ layer }) => layer === 'xds');
  const proxies = [...new Set(entries.map(({ holder }) => holder))];
  return entries.map((entry) => ({
    atMs: entry.atMs,
    lane: proxies.length > PROXY_LANES ? `ack ${proxies.length} proxies` : `ack ${podName(entry.holder)}`,
    label: held(entry),
    detail: [entry.holder, entry.version].filter(Boolean).join(', '),
    sign: 'acknowledged' as const,
  }));
}

function measurements(analysis: AnalysisReport): LaneEvent[] {
  return analysis.measurements.map((one) => ({
    atMs: one.atMs,
    lane: `analysis ${analysis.metric}`,
    label: one.value,
    detail: [
      one.phase,
      one.agrees === false
        ? `the oracle says ${[one.oraclePhase, one.oracleValue].filter(Boolean).join(' ')}`
        : undefined,
      analysis.run,
    ]
      .filter(Boolean)
      .join(', '),
    sign: MEASUREMENT_SIGN[one.phase] ?? 'unknown',
  }));
}

function podName(proxy: string): string {
  return proxy.slice(proxy.indexOf('/') + 1);
}

function held({ share }: LedgerReport['entries'][number]): string {
  return share === undefined ? 'no route' : formatDeclared(share);
}
