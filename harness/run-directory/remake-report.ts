/**
 * Remakes every report of a run from its directory alone: no cluster, no network, and the same bytes as the first time.
 *
 * @throws HarnessError RUN_DIRECTORY_MISSING (exit 2); RUN_DIRECTORY_CORRUPT, RUN_UNFINISHED, RUN_EVIDENCE_DAMAGED and
 * what reading the report throws (exit 5); DISK_FULL, RUN_DIRECTORY_UNWRITABLE (exit 3).
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { readRunReport } from '../../reports/model/read-run-report.ts';
import type { RunReport } from '../../reports/model/run-report.ts';
import { invalidEvidenceError, usageError } from '../errors/harness-error.ts';
import { writeFileAtomic } from '../process/atomic-file.ts';
import { storageError } from './growing-file.ts';
import { hashFile } from './hash-file.ts';
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
    const file = path.join(directory, relativePath);
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
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) throw await whyNoResult(directory);
  return readRunReport(text, file);
}

async function whyNoResult(directory: string): Promise<Error> {
  const file = path.join(directory, RUN_RECORD_FILE);
  const text = await readFile(file, 'utf8').catch(() => undefined);
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
  for (const { path: relativePath, sha256 } of report.appendix.files) {
    const found = await hashFile(path.join(directory, relativePath)).catch(() => undefined);
    if (found === undefined) problems.push(`${relativePath} is missing`);
    else if (found.sha256 !== sha256) problems.push(`${relativePath} was changed since the run`);
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
