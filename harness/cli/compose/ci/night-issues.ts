/** Opens or edits the issue of each profile whose claims fail; without a token that may, hands back what it would say. */
import { type NightIssue, nightIssue } from '../../../../reports/text/history-issue.ts';
import { HarnessError } from '../../../errors/harness-error.ts';
import { createGithubForge } from '../../../forge/github-forge.ts';
import { stickIssue } from '../../../forge/sticky.ts';
import type { NightIssuesRequest, PostedIssue } from '../../record-requests.ts';
import type { World } from '../../world.ts';
import { apiUrlOf, repositoryOf, tokenOf } from './github-environment.ts';

const LABEL = 'canaryproof';

/** @throws HarnessError FORGE_REPOSITORY (exit 2), FORGE_* but FORGE_READ_ONLY (exit 3) */
export async function nightIssues(world: World, { report, repository }: NightIssuesRequest): Promise<PostedIssue[]> {
  const token = tokenOf(world);
  const issues = report.subjects.map(nightIssue);
  if (token === undefined)
    return issues
      .filter(({ isFailing }) => isFailing)
      .map((issue) => notPosted(issue, 'there is no token (GITHUB_TOKEN)'));
  const name = repositoryOf(world, repository);
  const forge = createGithubForge({
    apiUrl: apiUrlOf(world),
    repository: name,
    token,
    signal: world.interruption.signal,
  });
  const posted: PostedIssue[] = [];
  for (const issue of issues) {
    try {
      const { title, body, marker, isFailing } = issue;
      const done = await stickIssue(forge, marker, { title, body, label: LABEL, open: isFailing });
      if (done !== undefined) posted.push({ subject: issue.subject, text: body, posted: done, why: undefined });
    } catch (error) {
      if (!(error instanceof HarnessError) || error.code !== 'FORGE_READ_ONLY') throw error;
      if (issue.isFailing) posted.push(notPosted(issue, 'the token may only read'));
    }
  }
  return posted;
}

function notPosted({ subject, title, body }: NightIssue, why: string): PostedIssue {
  return { subject, text: `${title}\n\n${body}`, posted: undefined, why };
}
