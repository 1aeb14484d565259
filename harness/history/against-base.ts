/** A run beside the kept run of the base branch: which claims end otherwise. Pure. */
import type { HistoryLine } from '../../reports/model/history/history-line.ts';
import type { BaseReading } from '../../reports/model/pull-request.ts';
import type { RunReport } from '../../reports/model/run-report.ts';
import { gatherRuns } from './gather-runs.ts';

/**
 * @param commit of the base branch; undefined: the newest kept run
 * @returns undefined when no run of it is kept
 */
export function againstBase(
  report: RunReport,
  lines: readonly HistoryLine[],
  commit: string | undefined,
): BaseReading | undefined {
  const kept = gatherRuns(lines).bySubject.get(report.subject.name) ?? [];
  const base = kept.findLast(
    ({ run }) => run.id !== report.run.id && !run.interrupted && (commit === undefined || run.revision === commit),
  );
  if (base === undefined) return undefined;
  return {
    runId: base.run.id,
    revision: base.run.revision,
    changes: report.claims
      .map(({ id, outcome }) => ({ claimId: id, before: base.claims.get(id)?.outcome, after: outcome }))
      .filter(({ before, after }) => before !== after),
  };
}
