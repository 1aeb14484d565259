/** Connects `comment` with the reports it is written from and with GitHub. */
import { readFile } from 'node:fs/promises';
import { type PullRequestReading, readLintReport } from '../../../../reports/model/pull-request.ts';
import { pullRequestMarker, renderPullRequestComment } from '../../../../reports/text/pull-request-comment.ts';
import { HarnessError, usageError } from '../../../errors/harness-error.ts';
import { createGithubForge } from '../../../forge/github-forge.ts';
import { stickComment } from '../../../forge/sticky.ts';
import { againstBase } from '../../../history/against-base.ts';
import { readHistory } from '../../../history/history-folder.ts';
import type { CommentProduct, CommentRequest } from '../../record-requests.ts';
import type { World } from '../../world.ts';
import { commitOf, readRun } from '../compare.ts';
import { apiUrlOf, repositoryOf, tokenOf } from './github-environment.ts';

/**
 * Writes the text, and posts it where a token lets it. A token that may only read is no error: the text is what counts.
 * @throws HarnessError COMMENT_NOTHING, FORGE_REPOSITORY, COMMENT_PULL_REQUEST, RUN_MISSING, BASE_UNKNOWN (exit 2),
 *   FORGE_* but FORGE_READ_ONLY (exit 3), those of reading reports (exit 5)
 */
export async function comment(world: World, request: CommentRequest): Promise<CommentProduct> {
  const reading = await readingOf(world, request);
  const text = renderPullRequestComment(reading);
  const token = tokenOf(world);
  if (token === undefined) return { text, posted: undefined, why: 'there is no token (GITHUB_TOKEN)' };
  const pullRequest = request.pullRequest ?? (await pullRequestOf(world));
  const forge = createGithubForge({
    apiUrl: apiUrlOf(world),
    repository: repositoryOf(world, request.repository),
    token,
    signal: world.interruption.signal,
  });
  try {
    const posted = await stickComment(forge, pullRequest, pullRequestMarker(reading.name), text);
    return { text, posted, why: undefined };
  } catch (error) {
    if (!(error instanceof HarnessError) || error.code !== 'FORGE_READ_ONLY') throw error;
    return { text, posted: undefined, why: 'the token may only read, as those of forks do' };
  }
}

async function readingOf(world: World, request: CommentRequest): Promise<PullRequestReading> {
  if (request.lint === undefined && request.runs.length === 0)
    throw usageError('COMMENT_NOTHING', 'there is nothing to write a comment from', {
      hint: 'Give --lint FILE (of `lint -o json=FILE`), --run RUN_DIR, or both.',
    });
  const lint = request.lint === undefined ? undefined : readLintReport(await textOf(request.lint), request.lint);
  const commit = request.base === undefined ? undefined : await commitOf(world, request.base);
  const { lines } = request.runs.length === 0 ? { lines: [] } : await readHistory(request.history);
  const runs = [];
  for (const run of request.runs) {
    const report = await readRun(run);
    runs.push({ report, base: againstBase(report, lines, commit) });
  }
  return { name: request.name, lint, runs };
}

function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw usageError('LINT_REPORT_MISSING', 'there is no report of lint here', {
      where: file,
      hint: 'Give what `canaryproof lint -o json=FILE` wrote.',
      cause,
    });
  });
}

/** As GitHub's runner says it: in the name of the merge commit, or in the event. */
async function pullRequestOf({ env }: World): Promise<number> {
  const [, fromRef] = /^refs\/pull\/(\d{1,9})\//.exec(env.GITHUB_REF ?? '') ?? [];
  if (fromRef !== undefined) return Number(fromRef);
  const event = await readFile(env.GITHUB_EVENT_PATH || '/nowhere', 'utf8')
    .then((text) => JSON.parse(text) as { pull_request?: { number?: unknown } })
    .catch(() => undefined);
  const number = event?.pull_request?.number;
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number;
  throw usageError('COMMENT_PULL_REQUEST', 'it is not known which pull request this is about', {
    hint: 'Give --pull NUMBER, or run it on pull_request events.',
  });
}
