/** The run before this one, for comparisons. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { readRunReport } from '../../reports/model/read-run-report.ts';
import type { RunReport } from '../../reports/model/run-report.ts';
import { readRegularFile } from '../process/regular-file.ts';
import { RESULT_FILE } from '../run-directory/run-directory.ts';

/**
 * The newest finished and uninterrupted run of the same subject whose directory stands beside this one. Directories that
 * hold no readable report are passed over: they belong to runs that are under way, broke off, or are of another version.
 *
 * @param directory of this run; names begin with the time, so they sort by it
 * @param isWanted which of them will do
 */
export async function earlierReport(
  directory: string,
  subject: string,
  isWanted: (report: RunReport) => boolean = () => true,
): Promise<RunReport | undefined> {
  const parent = path.dirname(directory);
  const names = (await readdir(parent).catch(() => []))
    .filter((name) => name < path.basename(directory))
    .sort()
    .reverse();
  for (const name of names) {
    const file = path.join(parent, name, RESULT_FILE);
    const report = await readRegularFile(file)
      .then((bytes) => readRunReport(bytes.toString('utf8'), file))
      .catch(() => undefined);
    if (report?.subject.name === subject && !report.run.interrupted && isWanted(report)) return report;
  }
  return undefined;
}
