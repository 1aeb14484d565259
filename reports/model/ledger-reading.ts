/** What the writers read out of a ledger: which timeline it belongs to, and which findings speak of which change. */
import type { LedgerReport, PropagationReport } from './ledger-report.ts';
import type { FindingReport, RunReport, TimelineReport } from './run-report.ts';

/** The ledger of the same object or title, or the only one that follows the same arm. */
export function ledgerOf(timeline: TimelineReport, ledgers: readonly LedgerReport[]): LedgerReport | undefined {
  const named =
    ledgers.find((one) => one.object === timeline.object) ?? ledgers.find((one) => one.title === timeline.title);
  if (named !== undefined) return named;
  const sameArm = ledgers.filter(({ arm }) => arm === timeline.arm);
  return timeline.object === undefined && sameArm.length === 1 ? sameArm[0] : undefined;
}

export const LEDGER_LAYERS = ['git', 'api', 'xds', 'observed'] as const;
export type LedgerLayer = (typeof LEDGER_LAYERS)[number];

export const LEDGER_LAYER_TITLE: Readonly<Record<LedgerLayer, string>> = {
  git: 'Git',
  api: 'API object',
  xds: 'proxies (xDS)',
  observed: 'observed',
};

export type LedgerFinding = FindingReport & { readonly layer: LedgerLayer };

/**
 * Findings of the four layers that this ledger's claim brought. Where finding or ledger names no claim, those about its
 * object; and those that name no object belong to the only ledger there is.
 */
export function findingsOf(ledger: LedgerReport, report: RunReport): readonly LedgerFinding[] {
  return report.findings.filter(
    (finding): finding is LedgerFinding =>
      finding.severity !== 'info' &&
      LEDGER_LAYERS.some((layer) => layer === finding.layer) &&
      belongs(finding, ledger, report),
  );
}

function belongs(finding: FindingReport, { claimId, object }: LedgerReport, { ledgers }: RunReport): boolean {
  if (claimId !== undefined && finding.claimIds !== undefined) return finding.claimIds.includes(claimId);
  return finding.object === undefined ? ledgers.length === 1 : finding.object === object;
}

/** When a change began: its commit, or the write of its API object. */
export function changeStart(change: PropagationReport): number {
  return Math.min(change.gitAtMs ?? change.declaredAtMs, change.declaredAtMs);
}

/** Findings that began while this change was the newest one; findings without a time belong to no change. */
export function findingsDuring(
  changes: readonly PropagationReport[],
  index: number,
  findings: readonly LedgerFinding[],
): readonly LedgerFinding[] {
  const change = changes[index];
  if (change === undefined) return [];
  const next = changes[index + 1];
  const until = next === undefined ? Number.POSITIVE_INFINITY : changeStart(next);
  return findings.filter(({ atMs }) => atMs !== undefined && atMs >= changeStart(change) && atMs < until);
}

export interface PropagationReading {
  /** From the write of the API object to the last acknowledgement; absent when no proxy acknowledged. */
  readonly slowestMs?: number;
  readonly acknowledged: number;
  /** Proxies that never acknowledged while they were watched. */
  readonly silent: number;
  /** From the write to the latest observed change; absent when none was seen. */
  readonly observedMs?: number;
}

export function readPropagation(change: PropagationReport): PropagationReading {
  const times = change.proxies.flatMap(({ acknowledgedAtMs }) => acknowledgedAtMs ?? []);
  const slowestMs = latest(times, change.declaredAtMs);
  const observedMs = latest(
    change.observed.map(({ atMs }) => atMs),
    change.declaredAtMs,
  );
  return {
    ...(slowestMs === undefined ? {} : { slowestMs }),
    acknowledged: times.length,
    silent: change.proxies.length - times.length,
    ...(observedMs === undefined ? {} : { observedMs }),
  };
}

function latest(times: readonly number[], sinceMs: number): number | undefined {
  return times.length === 0 ? undefined : times.reduce((a, b) => Math.max(a, b)) - sinceMs;
}
