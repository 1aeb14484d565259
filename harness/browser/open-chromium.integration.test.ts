/** The contract of `OpenBrowser`, against a real Chromium and a server on loopback that answers as two versions. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PageBrowser } from '../ports/browser.ts';
import { findBrowser } from './find-browser.ts';
import { createOpenBrowser } from './open-chromium.ts';

const SKIPPED = (() => {
  try {
    findBrowser(process.env);
    return undefined;
  } catch {
    return 'no Chromium on PATH';
  }
})();

const NAME = 'x-app-version';
/** Who answers the next request, by its path; and what was asked, with the cookie that came along. */
let versionOf: (path: string) => string;
let asked: { readonly path: string; readonly host: string; readonly cookie: string | undefined }[];
/** Answers that are held back for good. */
let silent: ReadonlySet<string>;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? '/';
  asked.push({ path, host: request.headers.host ?? '', cookie: request.headers.cookie });
  if (silent.has(path)) return;
  const version = versionOf(path);
  const head = { [NAME]: version, 'cache-control': 'max-age=3600' };
  if (path === '/') {
    response.writeHead(200, { ...head, 'content-type': 'text/html', 'set-cookie': `release=${version}` });
    response.end(
      `<!doctype html><link rel="icon" href="data:,"><link rel="stylesheet" href="/app-${version}.css"><script type="module" src="/app-${version}.js"></script><p>${version}`,
    );
  } else if (path === `/app-${version}.js`) {
    response.writeHead(200, { ...head, 'content-type': 'text/javascript' });
    response.end('document.body.append("built"); fetch("/more");');
  } else if (path === `/app-${version}.css` || path === '/more') {
    response.writeHead(200, { ...head, 'content-type': 'text/css' });
    response.end('body{background:teal}');
  } else {
    response.writeHead(404, head);
    response.end('not of this build');
  }
}

describe.skipIf(SKIPPED)(`a real Chromium${SKIPPED ? ` (skipped: ${SKIPPED})` : ''}`, () => {
  const server = createServer(answer);
  let browser: PageBrowser;
  const never = new AbortController().signal;
  const load = (change: { url?: string; timeoutMs?: number; filmed?: boolean; signal?: AbortSignal } = {}) => {
    const { url = 'http://shop.example.com/', timeoutMs = 20_000, filmed = false, signal = never } = change;
    return browser.load({ url, timeoutMs, filmed }, signal);
  };

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    browser = await createOpenBrowser(process.env)(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  }, 60_000);
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    versionOf = () => 'v1';
    asked = [];
    silent = new Set();
  });

  test('asks no proxy of the machine, and nothing of its own', { timeout: 60_000 }, async () => {
    for (const name of ['http_proxy', 'all_proxy']) vi.stubEnv(name, 'http://proxy.example.com:3128');
    try {
      await using behind = await createOpenBrowser(process.env)(`127.0.0.1:${(server.address() as AddressInfo).port}`);
      const { parts } = await behind.load({ url: 'http://shop.example.com/', timeoutMs: 20_000 }, never);
      expect(parts[0]).toMatchObject({ kind: 'document', status: 200 });
      // of a proxy the whole address would be asked, and every name leads here
      expect(asked.map(({ path }) => path).sort()).toEqual(['/', '/app-v1.css', '/app-v1.js', '/more']);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test('says every part of a whole page, and what its script fetches', { timeout: 60_000 }, async () => {
    expect(browser.version).toMatch(/Chrome/);
    const { parts, complete, frames, startMs, endMs } = await load();
    expect(complete).toBe(true);
    expect(frames).toEqual([]);
    expect(endMs).toBeGreaterThanOrEqual(startMs);
    const shown = parts.map(({ url, kind, status, headers }) => [new URL(url).pathname, kind, status, headers[NAME]]);
    expect(shown[0]).toEqual(['/', 'document', 200, 'v1']);
    expect(shown.slice(1).sort()).toEqual([
      ['/app-v1.css', 'stylesheet', 200, 'v1'],
      ['/app-v1.js', 'script', 200, 'v1'],
      ['/more', 'fetch', 200, 'v1'],
    ]);
    for (const part of parts) expect(part.endMs).toBeGreaterThanOrEqual(part.startMs);
    expect(new Set(asked.map(({ host }) => host))).toEqual(new Set(['shop.example.com']));
  });

  test('says an asset that the answering version does not have', { timeout: 60_000 }, async () => {
    versionOf = (path) => (path.endsWith('.js') ? 'v2' : 'v1');
    const { parts, complete } = await load();
    expect(complete).toBe(true);
    const script = parts.find(({ kind }) => kind === 'script');
    expect(script).toMatchObject({ status: 404, headers: { [NAME]: 'v2' }, url: 'http://shop.example.com/app-v1.js' });
  });

  test('every load is of somebody new, whose cookie goes along within it', { timeout: 60_000 }, async () => {
    await load();
    await load();
    const pages = asked.filter(({ path }) => path === '/');
    expect(pages.map(({ cookie }) => cookie)).toEqual([undefined, undefined]);
    const assets = asked.filter(({ path }) => path !== '/');
    // nothing comes from a cache, though everything may
    expect(assets).toHaveLength(6);
    expect(new Set(assets.map(({ cookie }) => cookie))).toEqual(new Set(['release=v1']));
  });

  test('loads beside one another do not mix', { timeout: 60_000 }, async () => {
    const loads = await Promise.all([load(), load(), load(), load()]);
    expect(loads.map(({ parts }) => parts.length)).toEqual([4, 4, 4, 4]);
  });

  test('is filmed where that is asked for', { timeout: 60_000 }, async () => {
    const { frames } = await load({ filmed: true });
    expect(frames.length).toBeGreaterThan(0);
    expect(Buffer.from(frames[0]!.jpeg, 'base64').subarray(0, 2).toString('hex')).toBe('ffd8');
  });

  test('a part that is not answered in time leaves the page incomplete', { timeout: 60_000 }, async () => {
    silent = new Set(['/app-v1.css']);
    const { complete, parts } = await load({ timeoutMs: 2_000 });
    expect(complete).toBe(false);
    expect(parts.find(({ kind }) => kind === 'stylesheet')).toMatchObject({
      status: 0,
      failure: 'not finished in time',
    });
  });

  test('a page of which nothing comes is a part without an answer', { timeout: 60_000 }, async () => {
    const { parts, complete } = await load({ url: 'https://shop.example.com/', timeoutMs: 5_000 });
    expect(parts).toMatchObject([{ status: 0, failure: expect.stringContaining('ERR_') as string }]);
    expect(typeof complete).toBe('boolean');
  });

  test('ends with its signal', { timeout: 60_000 }, async () => {
    silent = new Set(['/']);
    const over = new AbortController();
    const reason = new DOMException('time is up', 'TimeoutError');
    const loading = load({ signal: over.signal });
    while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    over.abort(reason);
    await expect(loading).rejects.toBe(reason);
  });

  test('a browser that is gone is an error of the environment', { timeout: 60_000 }, async () => {
    const other = await createOpenBrowser(process.env)('127.0.0.1:9');
    await other[Symbol.asyncDispose]();
    await expect(other.load({ url: 'http://shop.example.com/', timeoutMs: 1_000 }, never)).rejects.toMatchObject({
      code: 'BROWSER_FAILED',
      exitCode: 3,
    });
  });

  test('a program that is no browser is an error of the environment, with what it said', {
    timeout: 60_000,
  }, async () => {
    const open = createOpenBrowser({ CANARYPROOF_BROWSER: '/bin/false' });
    await expect(open('127.0.0.1:9')).rejects.toMatchObject({ code: 'BROWSER_FAILED', exitCode: 3 });
  });
});
