/**
 * A canary in every place where a user can put a secret, and a server that repeats everything it is sent: after the run,
 * also after one that was killed, no file holds it, nor does any list of processes. Needs k6 2.x (CANARYPROOF_K6 or PATH).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { packageRoot } from '../process/package-root.ts';
import { findSecret, openToOthers } from '../testkit/find-secret.ts';
import { findK6 } from './compose/find-k6.ts';

const MAIN = path.join(packageRoot(), 'harness/cli/main.ts');
let k6Path: string;
let folder: string;
let server: Server;
let asked: number;
/** Whether the server names itself; else the preflight fails and shows what it saw. */
let named: boolean;

beforeAll(async () => {
  const k6 = await findK6(process.env, undefined);
  expect(k6, 'set CANARYPROOF_K6, or put a k6 2.x on PATH').toBeDefined();
  k6Path = k6!.path;
});
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'canaryproof-secrets-'));
  asked = 0;
  named = true;
  server = createServer((request, response) => {
    asked += 1;
    response.setHeader('x-echo', String(request.headers.authorization));
    // in the end a name that holds the secret, and now and then an error that k6 writes into its log
    if (named) response.setHeader('x-version', asked % 10 === 0 ? 'v2' : 'v1');
    if (asked > 700) response.setHeader('x-version', `v1-${request.headers['x-auth']}`);
    response.statusCode = asked % 40 === 39 ? 503 : 200;
    response.end(JSON.stringify({ url: request.url, headers: request.rawHeaders }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const canary = (place: string) => `canary-${place}-${randomBytes(6).toString('hex')}`;

function arguments_() {
  const secrets = {
    typed: canary('typed'),
    short: `c${randomBytes(3).toString('hex')}`,
    file: canary('file'),
    environment: canary('environment'),
    query: canary('query'),
    password: canary('password'),
  };
  const headerFile = path.join(mkdtempSync(path.join(folder, 'headers-')), 'headers');
  writeFileSync(headerFile, `Authorization: Bearer ${secrets.file}\nCookie: sid=${secrets.file}; a=b\n`);
  const { port } = server.address() as AddressInfo;
  const argv = [
    'assert-split',
    ...['--assurance', 'smoke', '--rate', '300', '--warm-up', '600', '--max-duration', '20s'],
    ...['--url', `http://127.0.0.1:${port}/path?access_token=${secrets.query}&page=1`],
    ...['--expect', 'v1=90,v2=10', '--identify', 'header:x-version'],
    ...['-H', `X-Anything: ${secrets.typed}`, `-HX-Auth: ${secrets.short}`, '-H', `@${headerFile}`],
    ...['--header-env', 'X-Environment: CANARY_VALUE'],
    // nobody listens there: the push fails, and says so without the password
    `--push-metrics=http://user:${secrets.password}@127.0.0.1:1/x`,
    ...['--run-dir', path.join(folder, 'runs'), '-v'],
  ];
  return { secrets, argv, values: Object.values(secrets) };
}

interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

function start(argv: readonly string[], canaryValue: string): Running {
  const child = spawn(process.execPath, [MAIN, ...argv], {
    cwd: folder,
    env: { ...process.env, CANARYPROOF_K6: k6Path, TMPDIR: folder, CANARY_VALUE: canaryValue },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  return { child, output: () => output, ended: new Promise((resolve) => child.once('close', resolve)) };
}

/** What every user of this machine can read of every process but the one that a secret was typed to. */
function processLists(except: number | undefined): string {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== except)
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      } catch {
        return '';
      }
    })
    .join('\n');
}

const runDirectory = () => path.join(folder, 'runs', readdirSync(path.join(folder, 'runs'))[0] ?? 'none');
const underLoad = () => expect.poll(() => asked, { timeout: 60_000, interval: 20 }).toBeGreaterThan(300);
const everyFile = () => {
  // the file of headers is the user's own
  for (const name of readdirSync(folder))
    if (name.startsWith('headers-')) rmSync(path.join(folder, name), { recursive: true });
  return folder;
};

describe('no secret is left', () => {
  test('by a run to its end, nor in what it prints', async () => {
    const { argv, values, secrets } = arguments_();
    const { child, output, ended } = start(argv, secrets.environment);
    await underLoad();
    const seen = processLists(child.pid);
    expect(openToOthers(runDirectory())).toEqual([]);
    const status = await ended;
    expect(status, output()).toBe(3);
    expect(output()).toContain('METRICS_PUSH_FAILED');
    expect(readdirSync(runDirectory())).toContain('report.html');
    expect(values.filter((value) => seen.includes(value))).toEqual([]);
    expect(values.filter((value) => output().includes(value))).toEqual([]);
    expect(findSecret(everyFile(), values)).toEqual([]);
    // the canaries did arrive: it is not that nothing was sent
    const result = readFileSync(path.join(runDirectory(), 'result.json'), 'utf8');
    expect(result).toContain('access_token=***');
    expect(result).toContain('X-Anything: ***');
    expect(result).toContain('v1-***');
  });

  test('by a run that was killed', async () => {
    const { argv, values, secrets } = arguments_();
    const { child, output, ended } = start(argv, secrets.environment);
    await underLoad();
    child.kill('SIGKILL');
    await ended;
    // k6 ends with the harness; what it would have written has been written then
    await expect.poll(() => processLists(undefined).includes(folder), { timeout: 20_000 }).toBe(false);
    expect(readdirSync(runDirectory())).not.toContain('result.json');
    expect(openToOthers(runDirectory())).toEqual([]);
    expect(values.filter((value) => output().includes(value))).toEqual([]);
    expect(findSecret(everyFile(), values)).toEqual([]);
  });

  test('by one that ends before the load, showing what the server said', async () => {
    named = false;
    const { argv, values, secrets } = arguments_();
    const { output, ended } = start(argv, secrets.environment);
    expect(await ended).toBe(2);
    expect(output()).toContain('IDENTIFY_NO_MATCH');
    expect(values.filter((value) => output().includes(value))).toEqual([]);
    expect(findSecret(everyFile(), values)).toEqual([]);
  });
});
