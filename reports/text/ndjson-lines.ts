/**
 * The run as one JSON object a line, for `jq` and log shippers: run, component, claim, split, books,
 * boundary, change, rollback, analysis, errors, page, trace, finding, verdict.
 */
import type { RunReport } from '../model/run-report.ts';

/** Every line has `type` and `runId`; the last is the verdict. Long lists (trajectories, bins) stay in result.json. */
export function renderNdjson(report: RunReport): string {
  const runId = report.run.id;
  const lines: object[] = [
    { type: 'run', runId, schemaVersion: report.schemaVersion, ...report.run, subject: report.subject },
    ...report.components.map((component) => ({ type: 'component', runId, ...component })),
    ...report.claims.map((claim) => ({ type: 'claim', runId, ...claim })),
    ...report.splits.map(({ trajectory, ...split }) => ({ type: 'split', runId, ...split, looks: trajectory.length })),
    ...report.books.map((books) => ({ type: 'books', runId, ...books })),
    ...report.boundaries.map((boundary) => ({ type: 'boundary', runId, ...boundary })),
    ...report.ledgers.flatMap(({ object, arm, changes }) =>
      changes.map((change) => ({ type: 'change', runId, object, arm, ...change })),
    ),
    ...report.waterfalls.map((waterfall) => ({ type: 'rollback', runId, ...waterfall })),
    ...report.analyses.map((analysis) => ({ type: 'analysis', runId, ...analysis })),
    ...report.errorLedgers.map((ledger) => ({ type: 'errors', runId, ...ledger })),
    ...(report.pages ?? []).flatMap(({ claimId, browser, routes }) =>
      routes.map((route) => ({ type: 'page', runId, claimId, browser, ...route })),
    ),
    ...(report.traces ?? []).map((trace) => ({ type: 'trace', runId, ...trace })),
    ...report.findings.map((finding) => ({ type: 'finding', runId, ...finding })),
    { type: 'verdict', runId, outcome: report.outcome, headline: report.headline },
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
