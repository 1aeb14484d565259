/** Connects `history` and `--history` with the folder of kept runs and with the user's repository. */
import { historyLinesOf } from '../../../../reports/model/history/history-line.ts';
import type { HistoryReport } from '../../../../reports/model/history/history-report.ts';
import { usageError } from '../../../errors/harness-error.ts';
import { analyseHistory } from '../../../history/analyse-history.ts';
import { keepRun, readHistory } from '../../../history/history-folder.ts';
import { readGit } from '../../../process/read-git.ts';
import type { HistoryRequest, KeepRequest } from '../../record-requests.ts';
import type { World } from '../../world.ts';
import { commitOf, readRun } from '../compare.ts';

/**
 * @throws HarnessError REVISION_UNKNOWN, RUN_MISSING, HISTORY_CONTRADICTION, HISTORY_SUBJECT_UNKNOWN, HISTORY_CLAIM_UNKNOWN (exit 2);
 *   those of reading a report (exit 5)
 */
export async function history(world: World, request: HistoryRequest): Promise<HistoryReport> {
  // what is kept is never changed, so that a slip would stay
  const revision =
    request.revision === undefined ? undefined : await commitOf(world, request.revision, 'REVISION_UNKNOWN');
  for (const directory of request.add)
    await keep(world, { folder: request.folder, report: await readRun(directory), revision });
  const read = await readHistory(request.folder);
  const subjects = [...new Set(read.lines.map(({ subject }) => subject.name))];
  if (request.subject !== undefined && !subjects.includes(request.subject))
    throw usageError('HISTORY_SUBJECT_UNKNOWN', `no run of ${request.subject} is kept here`, {
      where: request.folder,
      hint: subjects.length === 0 ? 'Nothing is kept here yet.' : `Kept are: ${subjects.toSorted().join(', ')}.`,
    });
  const unknown = request.claims.filter((id) => read.lines.every(({ claim }) => claim.id !== id));
  if (unknown.length > 0)
    throw usageError('HISTORY_CLAIM_UNKNOWN', `no claim ${unknown.join(', ')} is kept here`, {
      where: request.folder,
      hint: 'Without --claim every claim is shown.',
    });
  return analyseHistory(read, request);
}

/** @returns the file that keeps the run; undefined when it judged nothing */
export async function keep(world: World, { folder, report, revision }: KeepRequest): Promise<string | undefined> {
  return keepRun(folder, historyLinesOf(report, revision ?? (await revisionOf(world))));
}

/** The commit that is checked out where the command was called; else what the CI says. */
export async function revisionOf({ cwd, env }: World): Promise<string | undefined> {
  const head = await readGit(cwd, ['rev-parse', '--verify', '--quiet', 'HEAD']).catch(() => undefined);
  return head?.stdout.trim() || env.GITHUB_SHA || env.CI_COMMIT_SHA || undefined;
}
