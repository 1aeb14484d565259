/**
 * Text of a `result.json` <-> RunReport. Reading refuses what it does not fully understand; writing refuses what it
 * could not read back (an infinite or missing number), and orders keys as the schema does so that the same report
 * always gives the same bytes.
 */
import type { z } from 'zod';
import { EXIT, HarnessError, invalidEvidenceError } from '../../harness/errors/harness-error.ts';
import { RUN_REPORT_SCHEMA_VERSION, type RunReport, runReportSchema } from './run-report.ts';

const SHOWN_PROBLEMS = 5;

/**
 * @param text content of a report document
 * @param where file name or other origin, for the message
 * @throws HarnessError REPORT_NOT_JSON, REPORT_SCHEMA_NEWER, REPORT_SCHEMA_UNKNOWN or REPORT_DAMAGED (exit 5)
 */
export function readRunReport(text: string, where: string): RunReport {
  const document = parseJson(text, where);
  checkVersion(document, where);
  const parsed = runReportSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw invalidEvidenceError('REPORT_DAMAGED', `the report does not match its schema: ${listProblems(parsed.error)}`, {
    where,
    hint: 'The file was changed by hand or damaged; remake it from the run directory, or run again.',
    cause: parsed.error,
  });
}

/** Pretty-printed JSON with a final newline. @throws HarnessError REPORT_UNWRITABLE (exit 70): a bug of ours. */
export function renderRunReportJson(report: RunReport): string {
  const parsed = runReportSchema.safeParse(report);
  if (!parsed.success) {
    throw new HarnessError(
      'REPORT_UNWRITABLE',
      EXIT.internal,
      `the run made a report that its own schema refuses: ${listProblems(parsed.error)}`,
      { hint: 'This is a bug of canaryproof; please report it with the run directory.', cause: parsed.error },
    );
  }
  return `${JSON.stringify(parsed.data, null, 2)}\n`;
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const what = text.trim() === '' ? 'the report is empty' : `the report is not JSON: ${(error as Error).message}`;
    throw invalidEvidenceError('REPORT_NOT_JSON', what, {
      where,
      hint: 'The file was cut short or is not a report; give a run directory made by canaryproof.',
      cause: error,
    });
  }
}

function checkVersion(document: unknown, where: string): void {
  const version =
    typeof document === 'object' && document !== null ? Reflect.get(document, 'schemaVersion') : undefined;
  if (version === RUN_REPORT_SCHEMA_VERSION) return;
  if (typeof version === 'string' && /^\d+$/.test(version) && Number(version) > Number(RUN_REPORT_SCHEMA_VERSION)) {
    throw invalidEvidenceError(
      'REPORT_SCHEMA_NEWER',
      `the report has schema version ${version}, this canaryproof reads version ${RUN_REPORT_SCHEMA_VERSION}`,
      { where, hint: 'Read it with the canaryproof that wrote it, or a newer one.' },
    );
  }
  const found = version === undefined ? 'no schemaVersion' : `schemaVersion ${JSON.stringify(version)}`;
  throw invalidEvidenceError('REPORT_SCHEMA_UNKNOWN', `the document has ${found}, so it is not a run report`, {
    where,
    hint: 'Give the result.json of a run directory.',
  });
}

function listProblems(error: z.ZodError): string {
  const shown = error.issues
    .slice(0, SHOWN_PROBLEMS)
    .map((issue) => `${issue.path.join('.') || '(top)'}: ${issue.message}`);
  const rest = error.issues.length - shown.length;
  return shown.join('; ') + (rest > 0 ? `; and ${rest} more` : '');
}
