/** Reads the two reports that `compare` sets side by side: both given, or one and an earlier run of its subject. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { compareReports, type ReportComparison } from '../../../reports/model/compare/compare-reports.ts';
import { readRunReport } from '../../../reports/model/read-run-report.ts';
import type { RunReport } from '../../../reports/model/run-report.ts';
import { usageError } from '../../errors/harness-error.ts';
import { earlierReport } from '../../history/earlier-run.ts';
import { readHistory } from '../../history/history-folder.ts';
import { readGit } from '../../process/read-git.ts';
import { readRegularFile } from '../../process/regular-file.ts';
import type { CompareRequest } from '../record-requests.ts';
import type { World } from '../world.ts';

/** @throws HarnessError RUN_MISSING, COMPARE_NO_BASE, BASE_UNKNOWN, COMPARE_NOTHING_SHARED (exit 2); those of reading a report (exit 5) */
export async function compare(world: World, request: CompareRequest): Promise<ReportComparison> {
  const { first, second } = request;
  if (second !== undefined) return compareReports(...(await Promise.all([readRun(first), readRun(second)])));
  const report = await readRun(first);
  return compareReports(await baseOf(world, request, report), report);
}

/** Runs stand beside each other; which commit one proved is in its report or in the history. */
async function baseOf(world: World, request: CompareRequest, { subject }: RunReport): Promise<RunReport> {
  const directory = path.basename(request.first) === 'result.json' ? path.dirname(request.first) : request.first;
  const commit = request.base === undefined ? undefined : await commitOf(world, request.base);
  const { lines } = commit === undefined ? { lines: [] } : await readHistory(request.history);
  const proved = new Set(lines.filter(({ run }) => run.revision === commit).map(({ run }) => run.id));
  const found = await earlierReport(directory, subject.name, ({ run, outcome }) =>
    commit === undefined ? outcome === 'passed' : run.gitRevision === commit || proved.has(run.id),
  );
  if (found !== undefined) return found;
  const wanted = commit === undefined ? 'passed' : `proved commit ${commit.slice(0, 12)}`;
  throw usageError('COMPARE_NO_BASE', `no earlier run of ${subject.name} that ${wanted} stands beside this one`, {
    where: path.dirname(directory),
    hint: 'Name the other run, or keep the run directories of the base branch beside this one (--run-dir).',
  });
}

/** @throws HarnessError with that code (exit 2) */
export async function commitOf(
  { cwd }: World,
  name: string,
  code: 'BASE_UNKNOWN' | 'REVISION_UNKNOWN' = 'BASE_UNKNOWN',
): Promise<string> {
  const asked = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
  const found = await readGit(cwd, asked).catch(() => undefined);
  if (found !== undefined && found.stdout.trim() !== '') return found.stdout.trim();
  if (/^[0-9a-f]{40}$/.test(name)) return name;
  throw usageError(code, `Git knows no commit ${name} here`, {
    hint: 'A shallow clone lacks it: fetch it (fetch-depth: 0), or give the whole commit id.',
  });
}

/** @throws HarnessError RUN_MISSING (exit 2); those of reading a report (exit 5) */
export async function readRun(given: string): Promise<RunReport> {
  const isFolder = await stat(given).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const file = isFolder ? path.join(given, 'result.json') : given;
  // what lies in a folder is anybody's; a file that was named may be a pipe
  const read = isFolder ? readRegularFile(file) : readFile(file);
  const bytes = await read.catch((cause: unknown) => {
    throw usageError('RUN_MISSING', 'there is no report of a run here', {
      where: file,
      hint: 'Give the directory of a finished run, as the run named it at its end.',
      cause,
    });
  });
  return readRunReport(bytes.toString('utf8'), file);
}
