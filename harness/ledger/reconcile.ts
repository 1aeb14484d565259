/** The ledger of one split: what every layer held when, how changes travelled, what clients got, and who is to blame. */
import type { LedgerEntryReport, LedgerReport } from '../../reports/model/ledger-report.ts';
import type { FindingReport } from '../../reports/model/run-report.ts';
import { type LedgerEvidence, meshHeld, objectOf } from './evidence.ts';
import { ledgerFindings } from './findings.ts';
import { type Held, type LayerStep, shareOf } from './layer-steps.ts';
import { observedSegments } from './observed-timeline.ts';
import { propagations } from './propagation.ts';

export interface Reconciled {
  readonly ledger: LedgerReport;
  readonly findings: readonly FindingReport[];
}

export function reconcile(evidence: LedgerEvidence): Reconciled {
  const changes = propagations(evidence);
  const entries = [
    ...gitEntries(evidence),
    ...apiEntries(evidence),
    ...xdsEntries(evidence),
    ...changes.flatMap(({ observed, toShare }) =>
      observed.map(({ path, atMs, lowMs, highMs }): LedgerEntryReport => {
        return { layer: 'observed', atMs, share: toShare, holder: path, uncertaintyMs: (highMs - lowMs) / 2 };
      }),
    ),
  ];
  const levels = [...new Set(entries.flatMap(({ share }) => share ?? []))];
  return {
    ledger: {
      title: evidence.title,
      object: objectOf(evidence),
      arm: evidence.arm,
      entries: entries.sort((a, b) => a.atMs - b.atMs),
      changes: [...changes],
      segments: [...observedSegments(evidence.streams, levels)],
    },
    findings: ledgerFindings(evidence),
  };
}

/** Steps within the time looked at, and the one that held when it began. */
function inTime<Step extends LayerStep>(steps: readonly Step[], { fromMs, toMs }: LedgerEvidence): readonly Step[] {
  const before = steps.findLastIndex((step) => step.atMs <= fromMs);
  return steps.filter((step, index) => index >= before && step.atMs <= toMs);
}

const shareField = (held: Held, subset: string) => {
  const share = shareOf(held, subset);
  return share === undefined ? {} : { share };
};

function gitEntries(evidence: LedgerEvidence): LedgerEntryReport[] {
  return inTime(evidence.git, evidence).map(({ atMs, held, commit, where }) => ({
    ...{ layer: 'git' as const, atMs, holder: where, version: commit.slice(0, 12) },
    ...shareField(held, evidence.subset),
  }));
}

function apiEntries(evidence: LedgerEvidence): LedgerEntryReport[] {
  return inTime(evidence.api, evidence).map((step) => ({
    ...{ layer: 'api' as const, atMs: step.atMs, holder: objectOf(evidence) },
    ...{ writer: step.routesWriter, version: step.resourceVersion },
    ...shareField(meshHeld(step), evidence.subset),
    ...uncertainty(step),
  }));
}

function xdsEntries(evidence: LedgerEvidence): LedgerEntryReport[] {
  return evidence.proxies.flatMap(({ proxy, steps }) => {
    // a gateway that only passes the request on holds no route for the host
    if (steps.every(({ held }) => held === undefined)) return [];
    return inTime(steps, evidence).map((step) => ({
      ...{ layer: 'xds' as const, atMs: step.atMs, holder: proxy },
      ...(step.version === '' ? {} : { version: step.version }),
      ...shareField(step.held, evidence.subset),
      ...uncertainty(step),
    }));
  });
}

function uncertainty({ atMs, sinceMs }: LayerStep): { uncertaintyMs?: number } {
  return sinceMs === undefined || !Number.isFinite(sinceMs) ? {} : { uncertaintyMs: (atMs - sinceMs) / 2 };
}
