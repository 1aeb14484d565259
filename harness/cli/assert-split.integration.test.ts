/** `assert-split` end to end: the real command, the real k6, a real HTTP server. Needs k6 2.x (CANARYPROOF_K6 or PATH). */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RunReport } from '../../reports/model/run-report.ts';
import { startSplitServer } from '../testkit/fakes/split-server.ts';
import { findK6 } from './compose/find-k6.ts';

const launcher = path.resolve(import.meta.dirname, '../../bin/canaryproof');
let k6Path: string;
let folder: string;

beforeAll(async () => {
  const k6 = await findK6(process.env, undefined);
  expect(k6, 'set CANARYPROOF_K6, or put a k6 2.x on PATH').toBeDefined();
  k6Path = k6!.path;
});
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'canaryproof-assert-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param whileRunning called once with the child when its load has begun to be judged */
function assertSplit(
  args: readonly string[],
  whileRunning?: (stop: (signal: NodeJS.Signals) => void) => void,
): Promise<Ended> {
  const fixed = ['assert-split', '--assurance', 'smoke', '--rate', '300', '--warm-up', '100'];
  const child = spawn(process.execPath, [launcher, ...fixed, ...args], {
    cwd: folder,
    env: { ...process.env, CANARYPROOF_K6: k6Path, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  let told = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    if (told || !/ n \d/.test(stderr)) return;
    told = true;
    whileRunning?.((signal) => child.kill(signal));
  });
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, stdout, stderr })));
}

const report = ({ stdout }: Ended) => JSON.parse(stdout) as RunReport;
const JSON_QUIET = ['-o', 'json', '-q'];
const EXPECT_90_10 = ['--expect', 'v1=90,v2=10'];

describe('verdicts', () => {
  test('90/10 where 90/10 is declared: exit 0, and every request is accounted for', async () => {
    await using server = await startSplitServer({ v1: 0.9, v2: 0.1 }, 3);
    const ended = await assertSplit([
      '--url',
      server.url,
      ...EXPECT_90_10,
      '--identify',
      'header:X-Version',
      ...JSON_QUIET,
    ]);
    expect(ended.stderr).toBe('');
    const { outcome, splits, books, components, appendix, run } = report(ended);
    expect({ outcome, status: ended.status }).toEqual({ outcome: 'passed', status: 0 });
    const [account] = books;
    const answered = account!.answeredByArm.reduce((sum, { count }) => sum + count, 0);
    expect(account!.sent).toBe(answered + account!.errors + account!.unattributed + account!.interrupted);
    // Two requests of the preflight, and those that were in flight at the end.
    const served = Object.values(server.answered).reduce((sum, count) => sum + count, 0);
    expect(served - 2).toBeGreaterThanOrEqual(answered);
    expect(served - 2).toBeLessThanOrEqual(account!.sent);
    expect(splits[0]!.samples).toBeLessThanOrEqual(answered - 100);
    expect(components.find(({ name }) => name === 'k6')?.version).toMatch(/^v2\./);
    const samples = path.join(folder, 'runs', run.id, 'samples-direct.jsonl.gz');
    const lines = gunzipSync(readFileSync(samples)).toString().trim().split('\n');
    expect(lines.length - 1).toBeGreaterThanOrEqual(answered);
    expect(appendix.files.map((file) => file.path)).toContain('logs/01-direct.k6.log');
  });

  test('85/15 where 90/10 is declared: exit 1', async () => {
    await using server = await startSplitServer({ v1: 0.85, v2: 0.15 }, 4);
    const ended = await assertSplit([
      '--url',
      server.url,
      ...EXPECT_90_10,
      '--identify',
      'json:service.version',
      '--assurance',
      'default',
      ...JSON_QUIET,
    ]);
    expect(report(ended)).toMatchObject({ outcome: 'failed', splits: [{ reason: 'e-value' }] });
    expect(ended.status).toBe(1);
  });

  test('a version that nobody declared: exit 1 after its first answer', async () => {
    await using server = await startSplitServer({ v1: 0.9, v3: 0.1 }, 5);
    const ended = await assertSplit([
      '--url',
      server.url,
      ...EXPECT_90_10,
      '--identify',
      'header:x-version',
      ...JSON_QUIET,
    ]);
    expect(report(ended)).toMatchObject({ outcome: 'failed', splits: [{ reason: 'forbidden-arm' }] });
    expect(ended.status).toBe(1);
  });

  test('too little time: exit 6', async () => {
    await using server = await startSplitServer({ v1: 0.9, v2: 0.1 }, 6);
    const args = [
      '--url',
      server.url,
      ...EXPECT_90_10,
      '--identify',
      'header:x-version',
      '--max-duration',
      '1s',
      ...JSON_QUIET,
    ];
    const ended = await assertSplit([...args, '--assurance', 'nightly']);
    expect(report(ended)).toMatchObject({ outcome: 'inconclusive', splits: [{ reason: 'time-budget' }] });
    expect(ended.status).toBe(6);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s: the load stops, the report is marked as interrupted, exit %i', async (signal, status) => {
    await using server = await startSplitServer({ v1: 0.9, v2: 0.1 }, 7);
    const args = ['--url', server.url, ...EXPECT_90_10, '--identify', 'header:x-version', '--assurance', 'nightly'];
    const ended = await assertSplit([...args, '-o', 'json', '-v'], (stop) => stop(signal));
    expect(ended.status).toBe(status);
    expect(report(ended)).toMatchObject({ outcome: 'inconclusive', run: { interrupted: true } });
    const served = Object.values(server.answered).reduce((sum, count) => sum + count, 0);
    await new Promise((resolve) => setTimeout(resolve, 500)); // long enough for 150 more, if the load had gone on
    expect(Object.values(server.answered).reduce((sum, count) => sum + count, 0)).toBe(served);
  });

  test('killed with SIGKILL: the load ends too, and what was recorded is named as unfinished', async () => {
    await using server = await startSplitServer({ v1: 0.9, v2: 0.1 }, 7);
    const args = ['--url', server.url, ...EXPECT_90_10, '--identify', 'header:x-version', '--assurance', 'nightly'];
    await assertSplit([...args, '-v'], (stop) => stop('SIGKILL'));
    const served = () => Object.values(server.answered).reduce((sum, count) => sum + count, 0);
    const before = served();
    await new Promise((resolve) => setTimeout(resolve, 500)); // long enough for 150 more, if the load went on
    expect(served() - before).toBeLessThan(10);
    const [id = ''] = readdirSync(path.join(folder, 'runs'));
    const { status, stderr } = await command(['report', path.join('runs', id)]);
    expect(status).toBe(5);
    expect(stderr).toContain('error RUN_UNFINISHED');
  });

  test('`report` makes the same bytes again, and refuses changed evidence', async () => {
    await using server = await startSplitServer({ v1: 0.8, v2: 0.2 }, 8);
    const ended = await assertSplit([
      '--url',
      server.url,
      ...EXPECT_90_10,
      '--identify',
      'header:x-version',
      ...JSON_QUIET,
    ]);
    const directory = path.join(folder, 'runs', report(ended).run.id);
    const before = contents(directory);
    rmSync(path.join(directory, 'report.html'));
    const again = await command(['report', directory, '-o', 'json', '-q']);
    expect(again).toEqual({ status: 1, stdout: ended.stdout, stderr: '' });
    expect(contents(directory)).toEqual(before);
    rmSync(path.join(directory, 'events.jsonl'));
    const damaged = await command(['report', directory]);
    expect(damaged.status).toBe(5);
    expect(damaged.stderr).toContain('events.jsonl is missing');
  });

  test('what a header carries is not written down', async () => {
    await using server = await startSplitServer({ v1: 1 }, 9);
    const secret = 'Bearer 5ecretValue"x';
    const args = [
      '--url',
      server.url,
      '--expect',
      'v1=100',
      '--identify',
      'header:x-version',
      '-H',
      `Authorization: ${secret}`,
    ];
    const ended = await assertSplit([...args, ...JSON_QUIET]);
    expect(ended.status).toBe(0);
    for (const [name, content] of contents(folder))
      expect(Buffer.from(content, 'base64').toString(), name).not.toContain('5ecretValue');
  });
});

describe('bad input leaves nothing behind', () => {
  test('nobody listens: exit 3 with the reason and a hint', async () => {
    const ended = await assertSplit([
      '--url',
      `http://127.0.0.1:${await freePort()}/`,
      ...EXPECT_90_10,
      '--identify',
      'header:a',
      '-q',
    ]);
    expect(ended).toMatchObject({ status: 3, stdout: '' });
    expect(ended.stderr).toMatch(/^error URL_UNREACHABLE: .*connection refused\n {2}where: .*\n {2}hint: /);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('no answer matches --identify: exit 2 and what was seen', async () => {
    await using server = await startSplitServer({ v1: 1 }, 1);
    const ended = await assertSplit(['--url', server.url, ...EXPECT_90_10, '--identify', 'header:x-app', '-q']);
    expect(ended).toMatchObject({ status: 2, stdout: '' });
    expect(ended.stderr).toMatch(/^error IDENTIFY_NO_MATCH: /);
    expect(ended.stderr).toContain('x-version');
    expect(ended.stderr).toContain('{"service":{"version":"v1"}}');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a k6 that is none: exit 3', async () => {
    const ended = await assertSplit([
      '--url',
      'http://127.0.0.1:1/',
      ...EXPECT_90_10,
      '--identify',
      'header:a',
      '--k6',
      '/bin/true',
      '-q',
    ]);
    expect(ended.status).toBe(3);
    expect(ended.stderr).toContain('error K6_UNUSABLE: /bin/true is not a k6 that runs here');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('runs cannot be written: exit 3', async () => {
    await using server = await startSplitServer({ v1: 1 }, 1);
    const ended = await assertSplit([
      '--url',
      server.url,
      '--expect',
      'v1=100',
      '--identify',
      'header:x-version',
      '--run-dir',
      '/dev/null/x',
      '-q',
    ]);
    expect(ended.status).toBe(3);
    expect(ended.stderr).toContain('error RUN_DIRECTORY_UNWRITABLE');
  });
});

function command(args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [launcher, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, stdout, stderr })));
}

function contents(directory: string): ReadonlyMap<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const pairs = files.map((entry) => {
    const file = path.join(entry.parentPath, entry.name);
    return [path.relative(directory, file), readFileSync(file).toString('base64')] as const;
  });
  return new Map(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
