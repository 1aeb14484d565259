/** The runner and the packaged scenario with the real k6 (CANARYPROOF_K6) against a server that names itself. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LoadRequest } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import { generatorPid } from './generator-process.ts';
import { createK6Runner, type K6Runner } from './k6-runner.ts';

const k6Path = process.env.CANARYPROOF_K6;
if (k6Path === undefined) throw new TypeError('set CANARYPROOF_K6 to the path of a k6 2.x program');

let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const arrived = { requests: 0, connections: 0, cookies: 0, userAgents: new Set<string | undefined>() };
let directory: string;
let runner: K6Runner;

beforeAll(async () => {
  server = createServer((request, response) => {
    arrived.requests += 1;
    if (request.headers.cookie !== undefined) arrived.cookies += 1;
    arrived.userAgents.add(request.headers['user-agent']);
    answer(request, response);
  });
  server.on('connection', () => {
    arrived.connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  directory = mkdtempSync(path.join(tmpdir(), 'canaryproof-test-'));
  runner = createK6Runner({ k6Path, logDirectory: directory, environment: process.env });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => {
  Object.assign(arrived, { requests: 0, connections: 0, cookies: 0, userAgents: new Set() });
  answer = byCount;
});

/** Deterministic 90/10: every tenth request gets v2. Sets a cookie that must never come back. */
const byCount = (_: IncomingMessage, response: ServerResponse): void => {
  response.setHeader('x-version', arrived.requests % 10 === 0 ? 'v2' : 'v1');
  response.setHeader('set-cookie', 'sticky=yes');
  response.end('{"service":{"version":"v3"}} version=v4;');
};

const requestTo = (change: Partial<LoadRequest> = {}): LoadRequest => ({
  phase: 'test',
  url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
  headers: { 'x-test': 'yes' },
  hosts: {},
  identify: { kind: 'header', name: 'x-version' },
  ratePerSecond: 400,
  maxDurationMs: 2000,
  preAllocatedVus: 100,
  requestTimeoutMs: 2000,
  newConnectionPerRequest: false,
  ...change,
});

async function load(change: Partial<LoadRequest> = {}, stopAfter = Number.POSITIVE_INFINITY) {
  const samples: RequestSample[] = [];
  const take = (sample: RequestSample) => (samples.push(sample) >= stopAfter ? 'stop' : 'continue');
  const result = await runner.run(requestTo(change), [], take, new AbortController().signal);
  return { samples, result, identities: tally(samples) };
}

function tally(samples: readonly RequestSample[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { identity } of samples) counts[identity] = (counts[identity] ?? 0) + 1;
  return counts;
}

const NO_PROBLEMS = { malformed: 0, overlong: 0, cut: 0, duplicates: 0, unreadableIdentities: 0 };

describe('a run to its end', () => {
  it('has every request of the server, k6 and the harness in agreement', async () => {
    const before = Date.now();
    const { samples, result, identities } = await load();
    expect(result).toMatchObject({ stoppedEarly: false, interrupted: 0, evidence: NO_PROBLEMS, vusAllocated: 100 });
    expect(result.sent).toBe(arrived.requests);
    expect(result.received).toBe(arrived.requests);
    expect(samples.length).toBe(arrived.requests);
    // The arrival rate is an open loop: 800 in 2 s, give or take the edge, but for those that found no free VU.
    expect(Math.abs(result.sent + result.droppedIterations - 800)).toBeLessThanOrEqual(2);
    expect(identities).toEqual({
      v1: arrived.requests - Math.floor(arrived.requests / 10),
      v2: Math.floor(arrived.requests / 10),
    });
    expect(samples.map(({ sequence }) => sequence).sort((a, b) => a - b)).toEqual(samples.map((_, index) => index));
    expect(arrived.cookies).toBe(0);
    expect([...arrived.userAgents]).toEqual(['canaryproof (k6)']);
    expect(arrived.connections).toBeLessThanOrEqual(100);
    for (const { startMs, endMs, status, errorCode } of samples) {
      expect(startMs).toBeGreaterThanOrEqual(before);
      expect(endMs).toBeGreaterThanOrEqual(startMs);
      expect({ status, errorCode }).toEqual({ status: 200, errorCode: 0 });
    }
    expect(result.generatorCpuSeconds).toBeGreaterThan(0);
    expect(JSON.parse(result.optionsJson)).toMatchObject({ discardResponseBodies: true });
  });

  it('shows a random split as it was served', async () => {
    const random = xoroshiro128plus(20261121);
    const served: Record<string, number> = {};
    answer = (_, response) => {
      const version = (random.next() >>> 0) / 2 ** 32 < 0.1 ? 'v2' : 'v1';
      served[version] = (served[version] ?? 0) + 1;
      response.setHeader('x-version', version);
      response.end();
    };
    const { identities } = await load();
    expect(identities).toEqual(served);
    expect(identities.v2).toBeGreaterThan(40);
  });
});

describe('a run that is stopped', () => {
  it('accounts for the requests in flight', async () => {
    // Every third answer takes its time, so that there are some in flight.
    answer = (request, response) => {
      if (arrived.requests % 3 === 0) setTimeout(() => byCount(request, response), 150);
      else byCount(request, response);
    };
    const { samples, result } = await load({ maxDurationMs: 30_000 }, 300);
    expect(result.stoppedEarly).toBe(true);
    expect(result.received).toBe(samples.length);
    expect(result.sent).toBe(result.received + result.interrupted);
    expect(result.interrupted).toBeGreaterThan(0);
    // An iteration may be interrupted before its request leaves, never after the server has it without being counted.
    expect(result.sent).toBeGreaterThanOrEqual(arrived.requests);
    expect(result.sent - arrived.requests).toBeLessThanOrEqual(result.interrupted);
    expect(result.evidence).toEqual(NO_PROBLEMS);
  });

  it('sends nothing when the signal was given before', async () => {
    const result = await runner.run(requestTo(), [], () => 'continue', AbortSignal.abort());
    expect(result).toMatchObject({ stoppedEarly: true, sent: 0, received: 0, interrupted: 0 });
    expect(arrived.requests).toBe(0);
  });

  it('throws and keeps the samples when k6 is killed', async () => {
    const samples: RequestSample[] = [];
    const run = runner.run(
      requestTo({ maxDurationMs: 30_000 }),
      ['setpriv', '--pdeathsig', 'KILL'],
      (sample) => {
        if (samples.push(sample) === 200) killOwnChild();
        return 'continue';
      },
      new AbortController().signal,
    );
    await expect(run).rejects.toMatchObject({ code: 'LOAD_GENERATOR_DIED', exitCode: 3 });
    expect(samples.length).toBeGreaterThanOrEqual(200);
  });
});

/** The k6 below this very process. */
function killOwnChild(): void {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').map(Number);
  const k6 = children.find((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('--console-output'));
  process.kill(generatorPid(k6!, k6Path!), 'SIGKILL');
}

describe('who answered', () => {
  const identityOf = async (change: Partial<LoadRequest>): Promise<string[]> => {
    const { identities, result } = await load({ ratePerSecond: 50, maxDurationMs: 1000, ...change });
    expect(result.received).toBeGreaterThan(10);
    return Object.keys(identities);
  };

  it('is read from JSON and by pattern', async () => {
    answer = (_, response) => response.end('{"service":{"version":"v3","list":[{"a":"x y"}]}}');
    expect(await identityOf({ identify: { kind: 'json', path: 'service.version' } })).toEqual(['v3']);
    expect(await identityOf({ identify: { kind: 'json', path: 'service.list.0.a' } })).toEqual(['x y']);
    expect(await identityOf({ identify: { kind: 'json', path: 'service.pod' } })).toEqual(['']);
    expect(await identityOf({ identify: { kind: 'regex', pattern: '"version":"(v\\d)"' } })).toEqual(['v3']);
    answer = byCount; // no JSON
    expect(await identityOf({ identify: { kind: 'json', path: 'service.version' } })).toEqual(['']);
    expect(await identityOf({ identify: { kind: 'regex', pattern: 'version=(\\w+);' } })).toEqual(['v4']);
  });

  it('survives names with blanks, percent signs and other scripts, and marks endless ones', async () => {
    let name = 'v 2%20;=! .';
    answer = (_, response) => {
      response.setHeader('x-version', name);
      response.end(JSON.stringify({ v: 'zwei\nZeilen 版本' }));
    };
    expect(await identityOf({})).toEqual([name]);
    expect(await identityOf({ identify: { kind: 'json', path: 'v' } })).toEqual(['zwei\nZeilen 版本']);
    name = 'x'.repeat(5000);
    const { result, identities } = await load({ ratePerSecond: 50, maxDurationMs: 1000 });
    expect(Object.keys(identities)).toEqual(['']);
    expect(result.evidence).toEqual({ ...NO_PROBLEMS, unreadableIdentities: result.received });
    expect(result.sent).toBe(result.received);
  });
});

describe('how requests are made', () => {
  it('opens a connection for each when asked to', async () => {
    const { result } = await load({ ratePerSecond: 100, maxDurationMs: 1000, newConnectionPerRequest: true });
    expect(arrived.connections).toBe(result.sent);
  });

  it('follows no redirect', async () => {
    answer = (_, response) => {
      response.writeHead(302, { location: '/elsewhere', 'x-version': 'v1' });
      response.end();
    };
    const { samples, result } = await load({ ratePerSecond: 50, maxDurationMs: 1000 });
    expect(arrived.requests).toBe(result.sent);
    expect(new Set(samples.map(({ status }) => status))).toEqual(new Set([302]));
  });

  it('resolves names by `hosts` and says what a host said about errors', async () => {
    const { port } = server.address() as AddressInfo;
    answer = (request, response) => {
      response.writeHead(request.headers.host === `shop.example:${port}` ? 503 : 200, { 'x-version': 'v2' });
      response.end();
    };
    const { samples } = await load({
      ratePerSecond: 50,
      maxDurationMs: 1000,
      url: `http://shop.example:${port}/`,
      hosts: { 'shop.example': '127.0.0.1' },
    });
    expect(samples[0]).toMatchObject({ status: 503, errorCode: 1503, identity: 'v2' });
  });

  it('reports failures without an answer, with the reason in the log', async () => {
    const { samples, result } = await load({ ratePerSecond: 50, maxDurationMs: 1000, url: 'http://127.0.0.1:1/' });
    expect(result.sent).toBe(samples.length);
    for (const { status, errorCode, identity } of samples)
      expect({ status, errorCode, identity }).toEqual({ status: 0, errorCode: 1212, identity: '' });
    const log = readFileSync(result.logFile, 'utf8');
    expect(log).toContain('connection refused');
    expect(log).toMatch(/^\d+ times: Request Failed$/m);
  });

  it('ends requests at their time-out', async () => {
    answer = () => undefined;
    const { samples, result } = await load({ ratePerSecond: 50, maxDurationMs: 1000, requestTimeoutMs: 200 });
    expect(result.sent).toBe(samples.length);
    for (const { status, errorCode, startMs, endMs } of samples) {
      expect({ status, errorCode }).toEqual({ status: 0, errorCode: 1050 });
      expect(endMs - startMs).toBeGreaterThanOrEqual(199);
    }
  });
});
