/** One finding for one difference, however many claims met it: pure. */
import type { FindingReport } from '../../reports/model/run-report.ts';
import type { ClaimResult } from '../scene/claim-result.ts';

/**
 * The findings of all claims, each with the claims that it explains. Findings with the same code, object, field, proxy
 * and time are one; it keeps the words of the last claim, which knew most, and the worst severity. Findings without a
 * time are the same only in the same words.
 */
export function mergeFindings(results: readonly Pick<ClaimResult, 'claim' | 'findings'>[]): FindingReport[] {
  const merged = new Map<string, FindingReport>();
  for (const { claim, findings = [] } of results)
    for (const finding of findings) {
      const key = keyOf(finding);
      const before = merged.get(key);
      const claimIds = [...new Set([...(before?.claimIds ?? []), claim.id])];
      merged.set(key, { ...finding, severity: worst(finding.severity, before?.severity), claimIds });
    }
  return [...merged.values()];
}

function keyOf({ code, layer, object, field, proxy, atMs, sentence }: FindingReport): string {
  return JSON.stringify([code, layer, object, field, proxy, atMs ?? sentence]);
}

const RANK: Readonly<Record<FindingReport['severity'], number>> = { info: 0, warning: 1, error: 2 };

function worst(a: FindingReport['severity'], b: FindingReport['severity'] = a): FindingReport['severity'] {
  return RANK[b] > RANK[a] ? b : a;
}
