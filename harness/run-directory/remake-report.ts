/**
 * Remakes every report of a run from its directory alone: no cluster, no network, and the same bytes as the first time.
 *
 * @throws HarnessError RUN_DIRECTORY_MISSING (exit 2); RUN_DIRECTORY_CORRUPT, RUN_UNFINISHED, RUN_EVIDENCE_DAMAGED and
 * what reading the report throws (exit 5); DISK_FULL, RUN_DIRECTORY_UNWRITABLE (exit 3).
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { readRunReport } from '../../reports/model/read-run-report.ts';
import type { RunReport } from '../../reports/model/run-report.ts';
import { invalidEvidenceError, usageError } from '../errors/harness-error.ts';
import { writeFileAtomic } from '../process/atomic-file.ts';
import { hashContained, NotContained, readContainedText, requireContainedPath } from './contained-file.ts';
import { storageError } from './growing-file.ts';
import { RESULT_FILE, RUN_RECORD_FILE, runRecordSchema } from './run-directory.ts';

/** Port: all reports of a run, by path below the run directory. */
export type RenderReports = (report: RunReport) => Promise<ReadonlyMap<string, string | Uint8Array>>;

export interface RemadeReport {
  readonly report: RunReport;
  readonly directory: string;
  readonly files: ReadonlyMap<string, string | Uint8Array>;
}

export async function remakeReport(
  directory: string,
  options: { readonly render: RenderReports; readonly checkEvidence: boolean },
): Promise<RemadeReport> {
  const report = await readFinishedRun(directory);
  if (options.checkEvidence) await checkEvidence(directory, report);
  const files = await options.render(report);
  for (const [relativePath, content] of files) {
    const file = await requireContainedPath(directory, relativePath).catch((error: unknown) => {
      throw unsafe(directory, error);
    });
    await writeFileAtomic(file, content).catch((error: unknown) => {
      throw storageError(file, error);
    });
  }
  return { report, directory, files };
}

async function readFinishedRun(directory: string): Promise<RunReport> {
  const isDirectory = await stat(directory).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isDirectory)
    throw usageError('RUN_DIRECTORY_MISSING', 'there is no such run directory', {
      where: directory,
      hint: 'Give the directory that a run named at its end, such as runs/20260102-030405-678-9abcde.',
    });
  const file = path.join(directory, RESULT_FILE);
  const text = await readText(directory, RESULT_FILE);
  if (text === undefined) throw await whyNoResult(directory);
  return readRunReport(text, file);
}

/** Undefined when it is not there or cannot be read. @throws HarnessError RUN_DIRECTORY_CORRUPT for what is no file */
async function readText(directory: string, name: string): Promise<string | undefined> {
  return readContainedText(directory, name).catch((error: unknown) => {
    if (error instanceof NotContained || error instanceof RangeError) throw unsafe(directory, error);
    return undefined;
  });
}

function unsafe(where: string, error: unknown): unknown {
  if (!(error instanceof NotContained || error instanceof RangeError)) return error;
  return invalidEvidenceError(
    'RUN_DIRECTORY_CORRUPT',
    `this is no run directory as a run leaves it: ${error.message}`,
    {
      where,
      hint: 'A run leaves folders and regular files only. Nothing outside was read or written; do not trust what is in it.',
    },
  );
}

async function whyNoResult(directory: string): Promise<Error> {
  const text = await readText(directory, RUN_RECORD_FILE);
  const notARun = (reason: string) =>
    invalidEvidenceError('RUN_DIRECTORY_CORRUPT', `this is no readable run directory: ${reason}`, {
      where: directory,
      hint: 'Give a directory that holds run.json and result.json, or restore it from where it was kept.',
    });
  if (text === undefined) return notARun(`${RESULT_FILE} and ${RUN_RECORD_FILE} are missing`);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return notARun(`${RUN_RECORD_FILE} is not JSON`);
  }
  const record = runRecordSchema.safeParse(document);
  if (!record.success) return notARun(`${RUN_RECORD_FILE} is not of a kind that this version knows`);
  if (record.data.state === 'finished') return notARun(`the run finished, but ${RESULT_FILE} is gone`);
  const why = record.data.failure ? `it failed with ${record.data.failure.code}` : 'it is still running, or was killed';
  return invalidEvidenceError('RUN_UNFINISHED', `this run has no result: ${why}`, {
    where: directory,
    hint: 'Its evidence up to then is in the directory; run again for a verdict.',
  });
}

async function checkEvidence(directory: string, report: RunReport): Promise<void> {
  const problems: string[] = [];
  for (const recorded of report.appendix.files) {
    const found = await hashContained(directory, recorded).catch((error: unknown) => {
      if (error instanceof NotContained) return error;
      return undefined;
    });
    if (found instanceof NotContained) problems.push(found.message);
    else if (found === undefined) problems.push(`${recorded.path} is missing`);
    else if (found !== recorded.sha256) problems.push(`${recorded.path} was changed since the run`);
  }
  if (problems.length > 0)
    throw invalidEvidenceError(
      'RUN_EVIDENCE_DAMAGED',
      `the evidence is not what the run recorded: ${problems.join('; ')}`,
      {
        where: directory,
        hint: 'Restore the files, or pass --without-evidence to remake the reports from result.json alone.',
      },
    );
}
