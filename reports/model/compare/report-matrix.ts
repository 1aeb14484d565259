/** Several runs of the same claims side by side: which claim holds where. Runs are columns, in the order given. */
import type { OutcomeReport, RunReport } from '../run-report.ts';

export interface MatrixCell {
  readonly outcome: OutcomeReport;
  readonly sentence: string;
  /** Boundary runs of this claim that ended as declared, of all; absent without boundary runs. */
  readonly boundaries?: { readonly asDeclared: number; readonly all: number };
}

export interface MatrixColumn {
  readonly runId: string;
  /** What tells the runs apart: the components (and provider) whose versions are not the same everywhere. */
  readonly label: string;
  readonly outcome: OutcomeReport;
  readonly durationMs: number;
}

export interface MatrixRow {
  readonly claimId: string;
  readonly title: string;
  /** One per column; undefined where the run did not judge the claim. */
  readonly cells: readonly (MatrixCell | undefined)[];
  /** True when all runs that judged it came to the same outcome, and all runs judged it. */
  readonly uniform: boolean;
}

export interface ReportMatrix {
  readonly columns: readonly MatrixColumn[];
  readonly rows: readonly MatrixRow[];
  readonly sentence: string;
}

export function reportMatrix(reports: readonly RunReport[]): ReportMatrix {
  const labels = columnLabels(reports);
  const columns = reports.map(({ run, outcome }, index) => ({
    runId: run.id,
    label: labels[index] ?? run.id,
    outcome,
    durationMs: run.finishedAt - run.startedAt,
  }));
  const ids = [...new Set(reports.flatMap(({ claims }) => claims.map(({ id }) => id)))];
  const rows = ids.map((claimId) => {
    const cells = reports.map((report) => cellOf(report, claimId));
    const title = reports.flatMap(({ claims }) => claims).find(({ id }) => id === claimId)?.title ?? claimId;
    return { claimId, title, cells, uniform: new Set(cells.map((cell) => cell?.outcome)).size === 1 };
  });
  const differing = rows.filter(({ uniform }) => !uniform).length;
  const sentence =
    `${rows.length} claims over ${columns.length} runs: ` +
    (differing === 0
      ? 'every claim has the same outcome in all of them.'
      : `${differing} do not have the same outcome everywhere.`);
  return { columns, rows, sentence };
}

function cellOf(report: RunReport, claimId: string): MatrixCell | undefined {
  const claim = report.claims.find(({ id }) => id === claimId);
  if (claim === undefined) return undefined;
  const own = report.boundaries.filter((one) => one.claimId === claimId);
  const asDeclared = own.filter(({ outcome }) => outcome === 'passed').length;
  return {
    outcome: claim.outcome,
    sentence: claim.sentence,
    ...(own.length === 0 ? {} : { boundaries: { asDeclared, all: own.length } }),
  };
}

/** Runs that nothing tells apart are told apart by their ids. */
function columnLabels(reports: readonly RunReport[]): readonly string[] {
  const names = [...new Set(reports.flatMap(({ components }) => components.map(({ name }) => name)))];
  const version = (report: RunReport, name: string) =>
    report.components.find((one) => one.name === name)?.version ?? 'absent';
  const telling = names.filter((name) => new Set(reports.map((report) => version(report, name))).size > 1);
  const providers = new Set(reports.map(({ subject }) => subject.provider)).size > 1;
  const subjects = new Set(reports.map(({ subject }) => subject.name)).size > 1;
  const labels = reports.map((report) =>
    [
      ...(subjects ? [report.subject.name] : []),
      ...(providers ? [report.subject.provider] : []),
      ...telling.map((name) => `${name} ${version(report, name)}`),
    ].join(', '),
  );
  const unclear = new Set(labels).size < labels.length || labels.includes('');
  return unclear ? labels.map((label, index) => [label, reports[index]?.run.id].filter(Boolean).join(', ')) : labels;
}
