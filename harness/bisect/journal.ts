/**
 * What a search has been told so far: one small document, written whole after every run, so that a search that was
 * interrupted, or killed, goes on where it was. Text of it <-> document; pure.
 */
import { z } from 'zod';
import { invalidEvidenceError } from '../errors/harness-error.ts';

const JOURNAL_SCHEMA_VERSION = '1';

const stepRun = z.strictObject({
  candidate: z.string(),
  /** `error`: there is no report, because nothing could be built or started. */
  outcome: z.enum(['passed', 'failed', 'inconclusive', 'invalid', 'error']),
  sentence: z.string(),
  /** The file a person opens first. */
  report: z.string().optional(),
});

const journalSchema = z.strictObject({
  schemaVersion: z.literal(JOURNAL_SCHEMA_VERSION),
  /** What was asked, in words: for whoever finds the file. */
  question: z.string(),
  runs: z.array(stepRun),
});

export type StepRun = z.infer<typeof stepRun>;

/** @returns the runs that decided something: what could not be decided before is asked again @throws HarnessError (exit 5) */
export function readJournal(text: string, file: string): readonly StepRun[] {
  const hint = 'Nothing was changed. Move the file away to begin the search anew.';
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw invalidEvidenceError('BISECT_JOURNAL_DAMAGED', 'what an earlier search wrote down is not JSON', {
      where: file,
      hint,
      cause,
    });
  }
  const version =
    typeof document === 'object' && document !== null ? Reflect.get(document, 'schemaVersion') : undefined;
  if (typeof version === 'string' && Number(version) > Number(JOURNAL_SCHEMA_VERSION))
    throw invalidEvidenceError(
      'BISECT_JOURNAL_NEWER',
      `what an earlier search wrote down has schema version ${version}, this canaryproof reads version ${JOURNAL_SCHEMA_VERSION}`,
      { where: file, hint: 'Go on with the canaryproof that began it, or move the file away to begin anew.' },
    );
  const parsed = journalSchema.safeParse(document);
  if (!parsed.success)
    throw invalidEvidenceError(
      'BISECT_JOURNAL_DAMAGED',
      'what an earlier search wrote down does not match its schema',
      {
        where: file,
        hint,
        cause: parsed.error,
      },
    );
  return parsed.data.runs.filter(({ outcome }) => outcome === 'passed' || outcome === 'failed');
}

export function renderJournal(question: string, runs: readonly StepRun[]): string {
  return `${JSON.stringify({ schemaVersion: JOURNAL_SCHEMA_VERSION, question, runs }, null, 2)}\n`;
}
