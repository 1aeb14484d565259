/**
 * Serves bare Git repositories over HTTP with Git's own `http-backend`, read-only: the harness pushes by file path,
 * Argo CD fetches as it would from any Git host.
 */
import { spawn } from 'node:child_process';
import http from 'node:http';

/** Starts the server; `directory` holds `NAME.git` folders. */
export async function serveGit(
  directory: string,
  listen: { readonly host: string; readonly port: number },
  note: (text: string) => void,
): Promise<http.Server> {
  const server = http.createServer((request, response) => {
    const [pathInfo, query = ''] = splitTarget(request.url ?? '/');
    if (pathInfo === undefined) return void response.writeHead(400).end();
    const header = (name: string): string => String(request.headers[name] ?? '');
    const backend = spawn('git', ['http-backend'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH ?? '/usr/bin:/bin',
        HOME: directory,
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
    request.pipe(backend.stdin);
    backend.stdin.on('error', () => undefined);
    backend.stderr.on('data', (text: Buffer) => note(`git http-backend: ${text.toString().trim()}`));
    backend.once('error', (error) => {
      note(`git http-backend: ${error.message}`);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
    let head: Buffer | undefined = Buffer.alloc(0);
    backend.stdout.on('data', (chunk: Buffer) => {
      if (!head) return void response.write(chunk);
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      const { status, headers } = parseCgiHead(head.subarray(0, end).toString());
      response.writeHead(status, headers);
      response.write(head.subarray(end + 4));
      head = undefined;
    });
    backend.stdout.once('end', () => {
      if (head && !response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen, resolve);
  });
  return server;
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
