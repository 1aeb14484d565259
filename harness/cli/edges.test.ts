/** The small edges: which k6, what an unreachable server is called, how durations are read. */

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseIdentify, readIdentity } from '../documents/identify-kinds.ts';
import { IDENTIFY_CASES, serveIdentifyCases } from '../testkit/identify-cases.ts';
import { thorough } from '../testkit/runner/thorough.ts';
import { findK6 } from './compose/find-k6.ts';
import { probe } from './compose/http-probe.ts';
import { formatDuration } from './talk/format-duration.ts';
import { renderTable } from './talk/text-table.ts';
import { durationMs } from './verbs/verb.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'canaryproof-edges-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function program(name: string, says: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, `#!/bin/sh\necho '${says}'\n`);
  chmodSync(file, 0o755);
  return file;
}

describe('which k6', () => {
  const V2 = 'k6 v2.2.0 (go1.27.3, linux/amd64)';

  test('the named one goes before the environment, that before PATH', async () => {
    const named = program('named', V2);
    const fromEnvironment = program('environment', V2);
    program('k6', V2);
    const env = { PATH: folder, CANARYPROOF_K6: fromEnvironment };
    expect(await findK6(env, named)).toEqual({ path: named, version: 'v2.2.0', origin: 'given by --k6' });
    expect((await findK6(env, undefined))?.path).toBe(fromEnvironment);
    expect((await findK6({ PATH: `/nowhere:${folder}` }, undefined))?.origin).toBe('found on PATH');
  });

  test('an old k6 on PATH is passed over, one that was named is refused', async () => {
    const old = program('k6', 'k6 v1.8.1 (go1.24, linux/amd64)');
    expect(await findK6({ PATH: folder }, undefined)).toBeUndefined();
    await expect(findK6({}, old)).rejects.toMatchObject({ code: 'K6_UNUSABLE', exitCode: 3, where: '--k6' });
    await expect(findK6({ CANARYPROOF_K6: '/no/k6' }, undefined)).rejects.toMatchObject({ where: 'CANARYPROOF_K6' });
  });
});

describe('the probe', () => {
  let server: Server;
  let url: string;
  beforeEach(async () => {
    server = createServer((request, response) => {
      if (request.url === '/silent') return;
      if (request.url === '/cut') return void request.socket.destroy();
      if (request.url === '/endless') {
        const piece = Buffer.alloc(65_536, 'x');
        const more = () => void (response.write(piece) ? setImmediate(more) : response.once('drain', more));
        return more();
      }
      if (request.url === '/broken' || request.url === '/bomb') {
        const packed = zlib.gzipSync(Buffer.alloc(8 * 1024 * 1024));
        response.writeHead(200, { 'Content-Encoding': 'gzip' });
        return void response.end(request.url === '/bomb' ? packed : packed.subarray(0, 40));
      }
      response.writeHead(request.url === '/moved' ? 302 : 200, {
        Location: '/there',
        'X-Method': request.method,
        'X-Host': request.headers.host,
      });
      response.end('body');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  // against hanging: a busy machine takes its time
  const ask = (where: string, timeoutMs = 20_000, signal = new AbortController().signal) =>
    probe({ url: where, method: 'GET', headers: {}, timeoutMs, signal });

  test('brings status, headers and body, and follows no redirect', async () => {
    expect(await ask(`${url}/`)).toMatchObject({ status: 200, headers: { 'x-method': 'GET' }, body: 'body' });
    expect(await ask(`${url}/moved`)).toMatchObject({ status: 302, headers: { location: '/there' } });
  });

  thorough('reads of every answer whom the table of all kinds names, as k6 does', async () => {
    const served = await serveIdentifyCases();
    try {
      for (const [index, { identify, what, is }] of IDENTIFY_CASES.entries()) {
        const named = readIdentity(parseIdentify(identify), await ask(`${served.url}/${index}`));
        expect([identify, what, named]).toEqual([identify, what, is]);
      }
    } finally {
      served.server.closeAllConnections();
      served.server.close();
    }
  });

  test('a compressed body that is broken is none, and one that unpacks to too much is cut', async () => {
    expect(await ask(`${url}/broken`)).toMatchObject({ status: 200, body: '' });
    const bomb = await ask(`${url}/bomb`);
    expect(bomb.status).toBe(200);
    expect(bomb.body.startsWith('\0'.repeat(4_000_000))).toBe(true);
    expect(bomb.body.length).toBeLessThan(6 * 1024 * 1024);
  });

  test('sends the Host header that was asked for, as an ingress needs it', async () => {
    const signal = new AbortController().signal;
    const answer = await probe({ url, method: 'POST', headers: { Host: 'shop.example' }, timeoutMs: 2000, signal });
    expect(answer.headers).toMatchObject({ 'x-host': 'shop.example', 'x-method': 'POST' });
  });

  test('reads no more of an endless body than it needs', async () => {
    const { body } = await ask(`${url}/endless`);
    expect(body.length).toBeLessThan(6 * 1024 * 1024);
  });

  test.each([
    ['http://127.0.0.1:1/', 'connection refused'],
    ['http://canaryproof.invalid/', 'the host name'],
  ])('%s: %s', async (where, reason) => {
    const failed = ask(where);
    await expect(failed).rejects.toMatchObject({ code: 'URL_UNREACHABLE', exitCode: 3, where });
    await expect(failed).rejects.toThrow(reason);
  });

  test('a server that closes, and one that says nothing', async () => {
    await expect(ask(`${url}/cut`)).rejects.toThrow('the connection was closed without an answer');
    await expect(ask(`${url}/silent`, 100)).rejects.toThrow('no answer within 100 ms');
  });

  test('stops when the user does', async () => {
    const controller = new AbortController();
    const asked = ask(`${url}/silent`, 5000, controller.signal);
    controller.abort(new DOMException('interrupted', 'AbortError'));
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  });
});

test.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['1m30s', 90_000],
  ['1.5h', 5_400_000],
  ['45', 45_000],
])('the duration %s', (text, expected) => {
  expect(durationMs(text)).toBe(expected);
});

test('a duration is no longer than timers hold', () => {
  expect(durationMs('576h')).toBe(576 * 3_600_000);
  for (const text of ['600h', '99999999999999999999', '9999999999999999999999999999999999999h'])
    expect(() => durationMs(text)).toThrow('at most 24 days');
});

test.each(['', 'soon', '5 s', '-3s', '0', '0s', '5d', '1m x'])('no duration: %j', (text) => {
  expect(() => durationMs(text)).toThrow('duration');
});

test('durations for people', () => {
  expect([0, 940, 9960, 59_400, 59_600, 185_000].map(formatDuration)).toEqual([
    '0.0 s',
    '0.9 s',
    '10 s',
    '59 s',
    '1 min 00 s',
    '3 min 05 s',
  ]);
});

test('tables', () => {
  expect(
    renderTable(
      ['A', 'LONG'],
      [
        ['wide', 'x'],
        ['é', ''],
      ],
    ),
  ).toBe('A     LONG\nwide  x\né\n');
});
