/**
 * A server on loopback that answers as GitHub's REST API documents it: comments and issues in memory, pages of 100 with a
 * Link header, 401 without a known token, 403 for one that may only read, 404 for other repositories, 422 for long bodies.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeNote {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string };
  readonly isPullRequest?: boolean;
  readonly title?: string;
  readonly labels?: readonly string[];
}

export interface FakeGithub extends AsyncDisposable {
  readonly url: string;
  readonly comments: FakeNote[];
  readonly issues: FakeNote[];
  /** `METHOD path` of each request. */
  readonly requests: string[];
  /** Answers every request with this status. */
  breakWith(status: number, headers?: Readonly<Record<string, string>>): void;
}

const REPOSITORY = '/repos/shop/deploy';
const LONGEST_BODY = 65_536;
/** Tokens: `write` of a user called ci, `workflow` of a workflow, `read` of a fork. */
const LOGINS: Readonly<Record<string, string>> = {
  write: 'ci',
  workflow: 'github-actions[bot]',
  read: 'github-actions[bot]',
};

export async function startFakeGithub(): Promise<FakeGithub> {
  const comments: FakeNote[] = [];
  const issues: FakeNote[] = [];
  const requests: string[] = [];
  let broken: { readonly status: number; readonly headers: Readonly<Record<string, string>> } | undefined;
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    requests.push(`${request.method} ${url.pathname}`);
    const token = /^Bearer (\w+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const reply = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    if (broken !== undefined) return reply(broken.status, { message: 'broken' }, broken.headers);
    const login = LOGINS[token];
    if (login === undefined) return reply(401, { message: 'Bad credentials' });
    if (request.headers.accept !== 'application/vnd.github+json' || !request.headers['user-agent'])
      return reply(415, { message: 'Unsupported media type' });
    const refused = { message: 'Resource not accessible by integration' };
    if (url.pathname === '/user') return token === 'write' ? reply(200, { login }) : reply(403, refused);
    if (!url.pathname.startsWith(REPOSITORY)) return reply(404, { message: 'Not Found' });
    if (request.method !== 'GET' && token === 'read') return reply(403, refused);
    const body = request.method === 'GET' ? {} : await jsonOf(request);
    if (typeof body.body === 'string' && body.body.length > LONGEST_BODY)
      return reply(422, { message: 'Validation Failed' });
    const path = url.pathname.slice(REPOSITORY.length);
    const page = (all: readonly FakeNote[]) => {
      const perPage = Number(url.searchParams.get('per_page') ?? 30);
      const at = Number(url.searchParams.get('page') ?? 1);
      const next = new URL(url);
      next.searchParams.set('page', String(at + 1));
      next.host = request.headers.host ?? '';
      const link = all.length > at * perPage ? { link: `<${next.href}>; rel="next", <${next.href}>; rel="last"` } : {};
      return reply(200, all.slice((at - 1) * perPage, at * perPage).map(shown), link);
    };
    const add = (list: FakeNote[]) => {
      const note = { ...body, id: 1000 + comments.length + issues.length, user: { login } } as FakeNote;
      list.push(note);
      return reply(201, shown(note));
    };
    const edit = (list: readonly FakeNote[], id: number) => {
      const note = list.find((one) => one.id === id);
      if (note === undefined) return reply(404, { message: 'Not Found' });
      note.body = body.body as string;
      return reply(200, shown(note));
    };
    const [, commentId] = /^\/issues\/comments\/(\d+)$/.exec(path) ?? [];
    const [, issue] = /^\/issues\/(\d+)$/.exec(path) ?? [];
    if (commentId !== undefined && request.method === 'PATCH') return edit(comments, Number(commentId));
    if (issue !== undefined && request.method === 'PATCH') return edit(issues, Number(issue));
    if (/^\/issues\/7\/comments$/.test(path)) return request.method === 'GET' ? page(comments) : add(comments);
    if (path === '/issues') {
      const label = url.searchParams.get('labels');
      return request.method === 'GET'
        ? page(issues.filter(({ labels }) => labels?.includes(label ?? '')))
        : add(issues);
    }
    return reply(404, { message: 'Not Found' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    comments,
    issues,
    requests,
    breakWith(status, headers = {}) {
      broken = { status, headers };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function shown({ id, body, user, isPullRequest, labels }: FakeNote) {
  const where = { html_url: `https://github.test/shop/deploy/${id}`, url: `https://api.github.test/${id}` };
  const kind = isPullRequest ? { pull_request: { url: where.url } } : {};
  return { id, number: id, node_id: `n${id}`, body, user: { ...user, id: 1, type: 'Bot' }, labels, ...where, ...kind };
}

async function jsonOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
}
