import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { renderRunReportJson } from '../../reports/model/read-run-report.ts';
import { environmentError } from '../errors/harness-error.ts';
import { remakeReport } from '../run-directory/remake-report.ts';
import { drawnVersion, scriptedLoad, steadySamples } from '../testkit/fakes/scripted-load.ts';
import { createSilentProgress } from '../testkit/fakes/silent-progress.ts';
import { ASSURANCE } from '../verdict/split-judge.ts';
import { type AssertSplitPorts, assertSplit } from './assert-split.ts';
import type { AssertSplitInput } from './input.ts';

let runs: string;
beforeEach(async () => {
  runs = path.join(await mkdtemp(path.join(os.tmpdir(), 'canaryproof-assert-')), 'runs');
});
afterEach(() => rm(path.dirname(runs), { recursive: true }));

const render: AssertSplitPorts['render'] = async (report) => new Map([['result.json', renderRunReportJson(report)]]);

function scene(share: number, change: { input?: Partial<AssertSplitInput>; ports?: Partial<AssertSplitPorts> } = {}) {
  const progress = createSilentProgress();
  const load = scriptedLoad(steadySamples(60_000, drawnVersion(share)));
  let clock = Date.UTC(2026, 0, 2);
  const input: AssertSplitInput = {
    url: 'http://127.0.0.1:1/',
    target: { url: 'http://127.0.0.1:1/', headers: {} },
    hide: (text) => text,
    arms: [
      { name: 'v1', share: 0.9 },
      { name: 'v2', share: 0.1 },
    ],
    declared: { layer: 'git', source: '--expect v1=90,v2=10' },
    identify: { kind: 'header', name: 'x-version' },
    assurance: ASSURANCE.default,
    ratePerSecond: 1000,
    maxDurationMs: 60_000,
    requestTimeoutMs: 5000,
    method: 'GET',
    newConnectionPerRequest: false,
    argvPrefix: [],
    warmUpRequests: 100,
    runsDirectory: runs,
    command: ['canaryproof', 'assert-split'],
    reproduce: 'canaryproof assert-split',
    host: { system: 'test', cpus: 2, memoryBytes: 1 },
    ...change.input,
  };
  const ports: AssertSplitPorts = {
    probe: async () => ({ status: 200, headers: { 'x-version': 'v1' }, body: '', durationMs: 2 }),
    prepareGenerator: async () => ({
      component: { name: 'k6', version: 'v2.2.0', origin: 'a test' },
      createRunner: () => load,
    }),
    planVus: (rate, usualMaxMs) => Math.ceil((rate * usualMaxMs) / 1000),
    render,
    progress,
    ownComponent: { name: 'canaryproof', version: '0.0.0', origin: 'a test' },
    now: () => (clock += 10),
    ...change.ports,
  };
  const controller = new AbortController();
  return { progress, load, controller, run: () => assertSplit(input, ports, controller.signal) };
}

describe('a verdict', () => {
  test('as declared: passed, with a report that its schema accepts and that can be remade', async () => {
    const { run } = scene(0.1);
    const { report, directory } = await run();
    expect(report).toMatchObject({ outcome: 'passed', run: { kind: 'assert-split', interrupted: false } });
    expect(report.headline).toContain('within');
    expect(report.appendix.files.map((file) => file.path)).toEqual(['events.jsonl', 'samples-direct.jsonl.gz']);
    const remade = await remakeReport(directory, { render, checkEvidence: true });
    expect(remade.report).toEqual(report);
    const events = (await readFile(path.join(directory, 'events.jsonl'), 'utf8')).trim().split('\n');
    expect(events.map((line) => (JSON.parse(line) as { type: string }).type)).toContain('step-updated');
  });

  test('off: failed', async () => {
    expect((await scene(0.15).run()).report).toMatchObject({ outcome: 'failed', claims: [{ outcome: 'failed' }] });
  });

  test('virtual users follow the latency of the preflight', async () => {
    const slow = scene(0.1, {
      ports: { probe: async () => ({ status: 200, headers: { 'x-version': 'v1' }, body: '', durationMs: 300 }) },
    });
    await slow.run();
    expect(slow.load.requests[0]?.preAllocatedVus).toBe(1500);
  });

  test('who answered first is not expected: said before the load', async () => {
    const { run, progress } = scene(0.1, {
      ports: { probe: async () => ({ status: 200, headers: { 'x-version': 'blue' }, body: '', durationMs: 1 }) },
    });
    await run();
    expect(progress.told).toContainEqual(expect.stringContaining("note the answer came from 'blue'"));
  });
});

describe('bad input leaves nothing behind', () => {
  const refused = async (change: Parameters<typeof scene>[1], expected: object) => {
    const { run, load } = scene(0.1, change);
    await expect(run()).rejects.toMatchObject(expected);
    expect(load.requests).toEqual([]);
    expect(await readdir(path.dirname(runs))).toEqual([]);
  };

  test('no identity in the answer', () =>
    refused(
      { ports: { probe: async () => ({ status: 200, headers: {}, body: 'hi', durationMs: 1 }) } },
      { code: 'IDENTIFY_NO_MATCH', exitCode: 2 },
    ));

  test('nobody answers', () =>
    refused(
      {
        ports: {
          probe: async () => {
            throw environmentError('URL_UNREACHABLE', 'refused');
          },
        },
      },
      { code: 'URL_UNREACHABLE', exitCode: 3 },
    ));

  test('a margin as wide as the share', () =>
    refused({ input: { assurance: { ...ASSURANCE.default, margin: 0.2 } } }, { code: 'SPLIT_MARGIN', exitCode: 2 }));

  test('no load generator', () =>
    refused(
      {
        ports: {
          prepareGenerator: async () => {
            throw environmentError('BUILD_FAILED', 'no Go');
          },
        },
      },
      { code: 'BUILD_FAILED', exitCode: 3 },
    ));
});

test('a failure under way keeps what was recorded, and says where', async () => {
  const { run, progress } = scene(0.1, {
    ports: {
      prepareGenerator: async () => ({
        component: { name: 'k6', version: 'v2.2.0', origin: 'a test' },
        createRunner: () => ({
          run: async () => {
            throw environmentError('LOAD_GENERATOR_DIED', 'killed');
          },
        }),
      }),
    },
  });
  await expect(run()).rejects.toMatchObject({ code: 'LOAD_GENERATOR_DIED' });
  const [id = ''] = await readdir(runs);
  expect(JSON.parse(await readFile(path.join(runs, id, 'run.json'), 'utf8'))).toMatchObject({
    state: 'failed',
    failure: { code: 'LOAD_GENERATOR_DIED' },
  });
  expect(progress.told.at(-1)).toContain(path.join(runs, id));
});

test('interrupted while the load ends: the split keeps its verdict, the run is no pass', async () => {
  const { run, load, controller } = scene(0.1);
  const whole = load.run;
  Object.assign(load, {
    run: async (...args: Parameters<typeof whole>) => {
      const result = await whole(...args);
      controller.abort(new DOMException('interrupted', 'AbortError'));
      return result;
    },
  });
  const { report } = await run();
  const sentence = expect.stringMatching(/^Cut short: the run was interrupted/);
  expect(report).toMatchObject({ outcome: 'inconclusive', headline: sentence, run: { interrupted: true } });
  expect(report.claims).toMatchObject([{ outcome: 'inconclusive', sentence }]);
  expect(report.splits).toMatchObject([{ outcome: 'passed' }]);
});

test('interrupted before the load: nothing is made', async () => {
  const { run, controller } = scene(0.1);
  controller.abort(new DOMException('interrupted', 'AbortError'));
  await expect(run()).rejects.toMatchObject({ name: 'AbortError' });
  expect(await readdir(path.dirname(runs))).toEqual([]);
});
