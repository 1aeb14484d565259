/** Reads the two reports that `compare` sets side by side. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { compareReports, type ReportComparison } from '../../../reports/model/compare-reports.ts';
import { readRunReport } from '../../../reports/model/read-run-report.ts';
import type { RunReport } from '../../../reports/model/run-report.ts';
import { usageError } from '../../errors/harness-error.ts';
import type { CompareRequest } from '../services.ts';

/** @throws HarnessError RUN_MISSING, COMPARE_NOTHING_SHARED (exit 2); those of reading a report (exit 5) */
export async function compare({ first, second }: CompareRequest): Promise<ReportComparison> {
  const [a, b] = await Promise.all([readRun(first), readRun(second)]);
  return compareReports(a, b);
}

/** @throws HarnessError RUN_MISSING (exit 2); those of reading a report (exit 5) */
export async function readRun(given: string): Promise<RunReport> {
  const isFolder = await stat(given).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const file = isFolder ? path.join(given, 'result.json') : given;
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw usageError('RUN_MISSING', 'there is no report of a run here', {
      where: file,
      hint: 'Give the directory of a finished run, as the run named it at its end.',
      cause,
    });
  });
  return readRunReport(text, file);
}
