/** Versions that name themselves in unusual places: `assert-split` as users run it, k6 (CANARYPROOF_K6) included. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { expect, test } from 'vitest';
import { packageRoot } from '../process/package-root.ts';

const launcher = path.join(packageRoot(), 'bin/canaryproof');

/** Against a server that is v1 for nine requests of ten, drawn anew for every request or once for each connection. */
async function split(
  identify: string,
  answer: (version: string, response: ServerResponse) => void,
  { args = [], drawn = 'request' }: { args?: readonly string[]; drawn?: 'request' | 'connection' } = {},
) {
  const random = xoroshiro128plus(46);
  const draw = () => (uniformFloat64(random) < 0.9 ? 'v1' : 'v2');
  const ofConnection = new WeakMap<object, string>();
  const arrived = { requests: 0 };
  const server = createServer(({ socket }, response) => {
    arrived.requests += 1;
    const sticky = ofConnection.get(socket) ?? draw();
    ofConnection.set(socket, sticky);
    answer(drawn === 'request' ? draw() : sticky, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const folder = mkdtempSync(path.join(os.tmpdir(), 'canaryproof-identify-'));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const fixed = ['assert-split', '--assurance', 'smoke', '--rate', '300', '--warm-up', '100', '-q', '-o', 'json'];
    const argv = [launcher, ...fixed, '--url', url, '--expect', 'v1=90,v2=10', '--identify', identify, ...args];
    const child = spawn(process.execPath, argv, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const status = await new Promise((resolve) => child.once('close', resolve));
    return { status, stdout, stderr, requests: arrived.requests, left: readdirSync(folder) };
  } finally {
    rmSync(folder, { recursive: true });
    server.closeAllConnections();
    server.close();
  }
}

const twice = (version: string, response: ServerResponse) =>
  void response.writeHead(200, ['x-version', 'edge-7', 'x-version', version]).end();
const inCookie = (version: string, response: ServerResponse) =>
  void response
    .writeHead(200, ['Set-Cookie', `version=${version}; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/`])
    .end();
const inHeader = (version: string, response: ServerResponse) =>
  void response.writeHead(200, { 'x-version': version }).end();

test.each([
  ['header:x-version', twice],
  ['header:x-version=^v\\d+$', twice],
  ['cookie:version', inCookie],
])('%s: passed', async (identify, answer) => {
  expect(await split(identify, answer)).toMatchObject({ status: 0 });
});

test('a redirect: exit 2 before the load, with its target', async () => {
  const ended = await split(
    'header:x-version',
    (_, response) => void response.writeHead(302, { Location: '/app/' }).end(),
  );
  expect(ended).toMatchObject({ status: 2, stdout: '', requests: 1, left: [] });
  expect(ended.stderr).toMatch(/^error IDENTIFY_NO_MATCH: .*redirect to http:\/\/127\.0\.0\.1:\d+\/app\//s);
});

test('one version for each connection: never a verdict by requests, and passed with new connections', async () => {
  const kept = await split('header:x-version', inHeader, { drawn: 'connection', args: ['--max-duration', '20s'] });
  expect([0, 1]).not.toContain(kept.status);
  const args = ['--new-connections'];
  expect(await split('header:x-version', inHeader, { drawn: 'connection', args })).toMatchObject({ status: 0 });
});
