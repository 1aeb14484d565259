/** What a comment on a pull request is written from. */
import { z } from 'zod';
import { invalidEvidenceError } from '../../harness/errors/harness-error.ts';
import { LINT_REPORT_SCHEMA_VERSION, type LintReport } from './lint-report.ts';
import type { OutcomeReport, RunReport } from './run-report.ts';

export interface PullRequestReading {
  /** Of the comment: one of each name stands under a pull request. */
  readonly name: string;
  readonly lint: LintReport | undefined;
  readonly runs: readonly { readonly report: RunReport; readonly base: BaseReading | undefined }[];
}

/** The kept run of the base branch that a run is set beside. */
export interface BaseReading {
  readonly runId: string;
  readonly revision: string | undefined;
  /** Claims that ended otherwise there; `before` is absent where it was not judged. */
  readonly changes: readonly {
    readonly claimId: string;
    readonly before: OutcomeReport | undefined;
    readonly after: OutcomeReport;
  }[];
}

const finding = z.looseObject({
  code: z.string(),
  severity: z.enum(['error', 'warning', 'info']),
  sentence: z.string(),
  hint: z.string().optional(),
  file: z.string().optional(),
  line: z.int().optional(),
  state: z.enum(['new', 'old', 'baseline', 'ignored']),
});
const lintReport = z.looseObject({
  schemaVersion: z.literal(LINT_REPORT_SCHEMA_VERSION),
  changedSince: z.looseObject({ reference: z.string(), commit: z.string() }).optional(),
  outcome: z.enum(['passed', 'failed']),
  counts: z.looseObject({ error: z.int(), warning: z.int(), info: z.int() }),
  changes: z.array(z.string()),
  ended: z.array(z.string()),
  findings: z.array(finding),
});

/** What `lint -o json=FILE` wrote. @throws HarnessError LINT_REPORT_DAMAGED (exit 5) */
export function readLintReport(text: string, where: string): LintReport {
  try {
    return lintReport.parse(JSON.parse(text)) as unknown as LintReport;
  } catch (cause) {
    throw invalidEvidenceError('LINT_REPORT_DAMAGED', 'the file is no report of lint, or was cut short', {
      where,
      hint: 'Give what `canaryproof lint -o json=FILE` of this version wrote.',
      cause,
    });
  }
}
