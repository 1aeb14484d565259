/** A report whose every free text is hostile, for tests of escaping; words that the schema fixes stay. */
import { mapStrings } from '../control-characters.ts';
import { NO_CLUSTER_EVIDENCE, type OutcomeReport, type RunReport } from '../run-report.ts';
import { sampleReport } from './sample-report.ts';
import { sampleLedgerFindings, sampleRolloutEvidence, sampleRolloutReport } from './sample-rollout-report.ts';

const FIXED = new Set(
  [
    '1 conform assert-split passed failed inconclusive invalid ingress mesh direct prometheus envoy git api xds',
    'observed instrument manifest error warning info stable canary inside outside special above below',
    'fault-injected metric-crosses measurement-failed analysis-failed aborted weight-zero-declared',
    'weight-zero-acknowledged last-canary-answer canary-pods-gone commit-status-posted',
  ].flatMap((line) => line.split(' ')),
);

/** Every panel at once: the splits of the one sample and all that a rollout adds. */
export function fullReport(outcome: OutcomeReport): RunReport {
  const report = sampleReport(outcome);
  const startedAt = report.run.startedAt + 31_000;
  const rollout = sampleRolloutReport('failed');
  return {
    ...report,
    timelines: [...report.timelines, ...rollout.timelines],
    findings: [...report.findings, ...sampleLedgerFindings(startedAt)],
    ...sampleRolloutEvidence('failed', startedAt),
  };
}

/** `attack` is put around the original text, so that lists and titles stay different from one another. */
export function hostileReport(given: OutcomeReport | RunReport, attack: string): RunReport {
  const report = typeof given === 'string' ? fullReport(given) : given;
  return mapStrings(report, (text) => (FIXED.has(text) ? text : `${attack}${text}${attack}`));
}

/** A report of a run that measured nothing. */
export function emptyReport(outcome: OutcomeReport): RunReport {
  const report = sampleReport(outcome);
  return {
    ...report,
    components: [],
    claims: [],
    splits: [],
    timelines: [],
    books: [],
    findings: [],
    ...NO_CLUSTER_EVIDENCE,
    appendix: { manifests: [], k6Options: [], files: [], formulas: [], phases: [], notEnforced: [] },
  };
}

/** As a run leaves it that was stopped before its first request. */
export function nothingObserved(outcome: OutcomeReport): RunReport {
  const report = sampleReport(outcome);
  return {
    ...report,
    splits: report.splits.map((split) => ({
      ...split,
      outcome,
      reason: 'no-requests',
      samples: 0,
      trajectory: [],
      guards: [],
      arms: split.arms.map((arm) => ({
        ...arm,
        count: 0,
        estimate: 0,
        interval: { low: 0, high: 1, confidence: 0.99 },
        smallestDetectableDrift: 1,
      })),
    })),
    timelines: report.timelines.map((timeline) => ({ ...timeline, series: [], events: [] })),
  };
}
