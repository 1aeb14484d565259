/**
 * GitHub's REST API, of which only this is used: https://docs.github.com/rest/issues/comments and /rest/issues/issues.
 * The token goes into one header and into no message.
 */
import { z } from 'zod';
import { environmentError, type HarnessError } from '../errors/harness-error.ts';
import type { Forge, ForgeNote } from './forge.ts';

export interface GithubOptions {
  /** `https://api.github.com`, or that of an own server. */
  readonly apiUrl: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly token: string;
  readonly signal?: AbortSignal;
}

const API_VERSION = '2022-11-28';
const TIMEOUT_MS = 30_000;
/** GitHub gives no more than 100 a page; more pages than these are not read. */
const PER_PAGE = 100;
const MOST_PAGES = 50;
/** Whose name the token of a workflow goes by; such a token may not ask who it is. */
const WORKFLOW_USER = 'github-actions[bot]';

const user = z.looseObject({ login: z.string() });
const commentSchema = z.looseObject({
  id: z.int(),
  body: z.string().nullish(),
  html_url: z.string(),
  user: user.nullable(),
});
const issueSchema = z.looseObject({
  number: z.int(),
  body: z.string().nullish(),
  html_url: z.string(),
  user: user.nullable(),
  pull_request: z.unknown().optional(),
});

/**
 * Its methods reject with HarnessError (exit 3): FORGE_READ_ONLY (403: the token of a fork), FORGE_TOKEN_REFUSED (401),
 * FORGE_NOT_FOUND (404), FORGE_LIMITED (429, or 403 with no requests left), FORGE_FAILED.
 */
export function createGithubForge({ apiUrl, repository, token, signal }: GithubOptions): Forge {
  const base = `${apiUrl.replace(/\/+$/, '')}/repos/${repository.split('/').map(encodeURIComponent).join('/')}`;
  let login: Promise<string> | undefined;

  async function ask(method: string, url: string, body?: object): Promise<Response> {
    const signals = [AbortSignal.timeout(TIMEOUT_MS), ...(signal === undefined ? [] : [signal])];
    const where = `${method} ${url}`;
    const answer = await fetch(url, {
      method,
      // a redirect would carry the token elsewhere
      redirect: 'error',
      signal: AbortSignal.any(signals),
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'user-agent': 'canaryproof',
        'x-github-api-version': API_VERSION,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw failed(
        'FORGE_FAILED',
        'GitHub does not answer',
        where,
        'Is the address right, and the network there?',
        cause,
      );
    });
    if (answer.ok) return answer;
    throw refusal(answer, where);
  }
  async function pages<T>(url: string, schema: z.ZodType<T>): Promise<readonly T[]> {
    const all: T[] = [];
    let next: string | undefined = url;
    for (let page = 0; next !== undefined && page < MOST_PAGES; page += 1) {
      const answer = await ask('GET', next);
      all.push(...(await parsed(answer, z.array(schema), next)));
      next = nextPage(answer.headers.get('link'), base);
    }
    return all;
  }
  const myLogin = () => {
    login ??= ask('GET', `${apiUrl.replace(/\/+$/, '')}/user`)
      .then((answer) => parsed(answer, user, 'GET /user'))
      .then(({ login: name }) => name)
      .catch((error: HarnessError) => {
        if (error.code === 'FORGE_READ_ONLY') return WORKFLOW_USER;
        throw error;
      });
    return login;
  };
  const send = async (method: 'POST' | 'PATCH', path: string, body: object) =>
    noteOfComment(await parsed(await ask(method, `${base}${path}`, body), commentSchema, path));
  const sendIssue = async (method: 'POST' | 'PATCH', path: string, body: object) =>
    noteOfIssue(await parsed(await ask(method, `${base}${path}`, body), issueSchema, path));

  return {
    async ownComments(pullRequest) {
      const mine = await myLogin();
      const found = await pages(`${base}/issues/${pullRequest}/comments?per_page=${PER_PAGE}`, commentSchema);
      return found.filter((one) => one.user?.login === mine).map(noteOfComment);
    },
    createComment: (issue, body) => send('POST', `/issues/${issue}/comments`, { body }),
    updateComment: (id, body) => send('PATCH', `/issues/comments/${id}`, { body }),
    async ownIssues(label) {
      const mine = await myLogin();
      const query = `state=open&labels=${encodeURIComponent(label)}&per_page=${PER_PAGE}`;
      const found = await pages(`${base}/issues?${query}`, issueSchema);
      // GitHub lists pull requests among the issues
      return found.filter((one) => one.user?.login === mine && one.pull_request === undefined).map(noteOfIssue);
    },
    createIssue: ({ title, body, label }) => sendIssue('POST', '/issues', { title, body, labels: [label] }),
    updateIssue: (number, body) => sendIssue('PATCH', `/issues/${number}`, { body }),
  };
}

const noteOfComment = ({ id, body, html_url: url }: z.infer<typeof commentSchema>): ForgeNote => ({
  id,
  body: body ?? '',
  url,
});
const noteOfIssue = ({ number, body, html_url: url }: z.infer<typeof issueSchema>): ForgeNote => ({
  id: number,
  body: body ?? '',
  url,
});

async function parsed<T>(answer: Response, schema: z.ZodType<T>, where: string): Promise<T> {
  const result = schema.safeParse(await answer.json().catch(() => undefined));
  if (result.success) return result.data;
  throw failed(
    'FORGE_FAILED',
    'the answer is not one of GitHub',
    where,
    'Is the address that of its API?',
    result.error,
  );
}

/** Only below the repository that was asked for: the token goes nowhere else. */
function nextPage(link: string | null, base: string): string | undefined {
  const [, next] = /<([^>]+)>;\s*rel="next"/.exec(link ?? '') ?? [];
  // GitHub names the repository by its number in such links
  return next !== undefined && URL.canParse(next) && new URL(next).origin === new URL(base).origin ? next : undefined;
}

function refusal({ status, headers }: Response, where: string): HarnessError {
  if (status === 429 || (status === 403 && headers.get('x-ratelimit-remaining') === '0'))
    return failed(
      'FORGE_LIMITED',
      'GitHub takes no more requests of this token for a while',
      where,
      'Run it again later.',
    );
  if (status === 401)
    return failed('FORGE_TOKEN_REFUSED', 'GitHub refuses the token', where, 'Has it expired? Give another one.');
  if (status === 403)
    return failed(
      'FORGE_READ_ONLY',
      'this token may not do that',
      where,
      'Tokens of forks may only read; others need pull-requests: write (or issues: write).',
    );
  if (status === 404)
    return failed(
      'FORGE_NOT_FOUND',
      'there is no such repository, pull request or issue, or the token may not see it',
      where,
      'Compare owner, name and number.',
    );
  return failed('FORGE_FAILED', `GitHub answered ${status}`, where, 'Run it again; the text is in the summary.');
}

function failed(code: string, message: string, where: string, hint: string, cause?: unknown): HarnessError {
  return environmentError(code, message, { where, hint, ...(cause === undefined ? {} : { cause }) });
}
