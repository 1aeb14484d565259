/**
 * Serves bare Git repositories over HTTP with Git's own `http-backend`, read-only: the harness pushes by file path,
 * Argo CD fetches as it would from any Git host.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import http from 'node:http';
import type { Readable, Writable } from 'node:stream';

/** Any pod may ask as often as it likes: so many programs at once, the rest wait, and too many are sent away. */
export interface GitLimits {
  readonly concurrent: number;
  readonly waiting: number;
  /** From the start of Git to the end of its answer. */
  readonly deadlineMs: number;
}

const LIMITS: GitLimits = { concurrent: 8, waiting: 64, deadlineMs: 60_000 };
/** Of a CGI answer. */
const LONGEST_HEAD_BYTES = 65_536;

/** Starts the server; `directory` holds `NAME.git` folders. */
export async function serveGit(
  directory: string,
  listen: { readonly host: string; readonly port: number },
  note: (text: string) => void,
  limits: GitLimits = LIMITS,
): Promise<http.Server> {
  const turns = new Turns(limits);
  const server = http.createServer((request, response) => {
    const [pathInfo, query = ''] = splitTarget(request.url ?? '/');
    if (pathInfo === undefined) return void response.writeHead(400).end();
    const begin = (done: () => void): void => {
      const backend = spawnBackend(directory, request, pathInfo, query);
      // Git starts programs of its own: the whole group ends, whoever ends first
      const end = (): void => endGroup(backend);
      const deadline = setTimeout(() => {
        note(`git http-backend: ended after ${limits.deadlineMs} ms`);
        response.destroy();
      }, limits.deadlineMs);
      response.once('close', () => {
        clearTimeout(deadline);
        end();
      });
      backend.once('close', done);
      backend.once('error', done);
      answerFrom(backend, request, response, note);
    };
    const leave = turns.take(begin);
    if (leave === undefined) response.writeHead(503, { 'retry-after': '5' }).end();
    else response.once('close', leave);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen, resolve);
  });
  return server;
}

/** Who may start, in order of arrival. */
class Turns {
  readonly #limits: GitLimits;
  readonly #waiting: ((done: () => void) => void)[] = [];
  #running = 0;

  constructor(limits: GitLimits) {
    this.#limits = limits;
  }

  /** @returns how to leave the queue, undefined when it is full */
  take(begin: (done: () => void) => void): (() => void) | undefined {
    if (this.#running < this.#limits.concurrent) {
      this.#start(begin);
      return () => undefined;
    }
    if (this.#waiting.length >= this.#limits.waiting) return undefined;
    this.#waiting.push(begin);
    return () => {
      const at = this.#waiting.indexOf(begin);
      if (at >= 0) this.#waiting.splice(at, 1);
    };
  }

  #start(begin: (done: () => void) => void): void {
    this.#running += 1;
    let over = false;
    begin(() => {
      if (over) return;
      over = true;
      this.#running -= 1;
      const next = this.#waiting.shift();
      if (next) this.#start(next);
    });
  }
}

type Backend = ChildProcessByStdio<Writable, Readable, Readable>;

function spawnBackend(directory: string, request: http.IncomingMessage, pathInfo: string, query: string): Backend {
  const header = (name: string): string => String(request.headers[name] ?? '');
  return spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // a process group of its own
    detached: true,
    env: {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      HOME: directory,
      // no configuration of the machine or the user
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      // the repositories belong to whoever runs canaryproof, the server may be root of a namespace
      GIT_CONFIG_COUNT: '2',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      GIT_CONFIG_KEY_1: 'http.receivepack',
      GIT_CONFIG_VALUE_1: 'false',
      GIT_PROJECT_ROOT: directory,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathInfo,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: header('content-type'),
      CONTENT_LENGTH: header('content-length'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      GIT_PROTOCOL: header('git-protocol'),
      REMOTE_ADDR: request.socket.remoteAddress ?? '',
    },
  });
}

/** Nothing to do when it has ended: what it started reads from it, and has ended too. */
function endGroup({ pid, exitCode, signalCode }: Backend): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // gone meanwhile
  }
}

function answerFrom(
  backend: Backend,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  note: (text: string) => void,
): void {
  request.pipe(backend.stdin);
  backend.stdin.on('error', () => undefined);
  backend.stderr.on('data', (text: Buffer) => note(`git http-backend: ${text.toString().trim()}`));
  const fail = (): void => {
    if (!response.headersSent) response.writeHead(500);
    response.end();
  };
  backend.once('error', (error) => {
    note(`git http-backend: ${error.message}`);
    fail();
  });
  let head: Buffer = Buffer.alloc(0);
  const readHead = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0 && head.length > LONGEST_HEAD_BYTES) return void response.destroy();
    if (end < 0) return;
    backend.stdout.off('data', readHead);
    backend.stdout.off('end', fail);
    const { status, headers } = parseCgiHead(head.subarray(0, end).toString());
    response.writeHead(status, headers);
    response.write(head.subarray(end + 4));
    backend.stdout.pipe(response);
  };
  backend.stdout.on('data', readHead);
  backend.stdout.once('end', fail);
}

/** Decoded path and raw query; no path when its percent signs or its form are wrong, which any pod may send. */
function splitTarget(target: string): [pathInfo: string | undefined, query?: string] {
  try {
    const url = new URL(target, 'http://git');
    return [decodeURIComponent(url.pathname), url.search.slice(1)];
  } catch {
    return [undefined];
  }
}

/** CGI response head (RFC 3875 section 6): `Status` is the status line, the rest are headers. */
export function parseCgiHead(text: string): { status: number; headers: Record<string, string> } {
  let status = 200;
  const headers: Record<string, string> = {};
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const [name, value] = [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10) || 500;
    else headers[name] = value;
  }
  return { status, headers };
}
