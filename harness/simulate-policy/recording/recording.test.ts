/** Recordings from files, from runs and from what a Prometheus answers, with bad ones of each. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSamplesFile } from '../../run-directory/samples-file.ts';
import { type CounterSeries, type PrometheusAsk, recordingOfPrometheus, selectorOf } from './from-prometheus.ts';
import { recordingOfRun } from './from-run.ts';
import { recordingOfSamples } from './from-samples.ts';
import { parseRecording, recordingText } from './recording-file.ts';

const withCode = (code: string) => expect.objectContaining({ code });

describe('a file', () => {
  const traffic = {
    from: 'a test',
    startMs: 5,
    intervalMs: 1000,
    requests: [3, 0],
    errors: [1, 0],
    latency: { medianMs: 80, sigma: 0.5 },
  };

  it('comes back as it was written', () => {
    expect(parseRecording(recordingText(traffic), 'r.json')).toEqual(traffic);
    const without = { ...traffic, latency: undefined };
    expect(parseRecording(recordingText(without), 'r.json')).toEqual(without);
    const warned = { ...traffic, warnings: ['Prometheus warned: a store is away'] };
    expect(parseRecording(recordingText(warned), 'r.json')).toEqual(warned);
  });

  it.each([
    ['SIMULATION_RECORDING', '{'],
    ['SIMULATION_RECORDING', '{"format":"other"}'],
    ['SIMULATION_RECORDING', recordingText({ ...traffic, errors: [4, 0] })],
    ['SIMULATION_RECORDING', recordingText({ ...traffic, requests: ['3', 0] as unknown as number[] })],
    ['SIMULATION_RECORDING', recordingText(traffic).replace('"from"', '"more":1,"from"')],
    ['SIMULATION_TRAFFIC', recordingText({ ...traffic, requests: [0, 0], errors: [0, 0] })],
  ])('%s: %s', (code, text) => {
    expect(() => parseRecording(text, 'r.json')).toThrow(withCode(code));
  });
});

describe('an earlier run', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), 'recording-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  async function runOf(name: string, ...loads: readonly string[]): Promise<string> {
    const directory = path.join(root, name);
    await mkdir(directory, { recursive: true });
    for (const load of loads) {
      const samples = createSamplesFile(path.join(directory, `samples-${load}.jsonl.gz`));
      // ten requests a second for 4.05 s; one in twenty is an error, and one gets no answer
      for (let sequence = 0; sequence <= 40; sequence += 1) {
        const startMs = 1_000_000 + sequence * 100;
        const status = sequence === 7 ? 0 : sequence % 20 === 0 ? 503 : 200;
        samples.write({ sequence, startMs, endMs: startMs + 20, status, errorCode: 0, vu: 1, identity: '' });
      }
      samples.close();
    }
    return directory;
  }

  it('counts each second, without what nobody answered and without the second that was cut off', async () => {
    const found = await recordingOfRun(await runOf('one', 'ingress'), undefined);
    expect(found).toEqual({
      ...{ from: 'one, load ingress', startMs: 1_000_000, intervalMs: 1000 },
      ...{ requests: [9, 10, 10, 10], errors: [1, 0, 1, 0], latency: { medianMs: 20, sigma: 0 } },
    });
  });

  it('of several loads the one that is named', async () => {
    const directory = await runOf('several', 'ingress', 'mesh');
    expect((await recordingOfRun(directory, 'mesh')).from).toBe('several, load mesh');
    await expect(recordingOfRun(directory, undefined)).rejects.toMatchObject({
      code: 'SIMULATION_RUN_LOAD',
      hint: expect.stringContaining('ingress, mesh'),
    });
    await expect(recordingOfRun(directory, 'other')).rejects.toMatchObject({ code: 'SIMULATION_RUN_LOAD' });
    await expect(recordingOfRun(await runOf('none'), undefined)).rejects.toMatchObject({ code: 'SIMULATION_RUN_LOAD' });
    await expect(recordingOfRun(path.join(root, 'x'), undefined)).rejects.toMatchObject({
      code: 'RUN_DIRECTORY_MISSING',
    });
    const torn = await runOf('torn');
    await writeFile(path.join(torn, 'samples-a.jsonl.gz'), 'no gzip');
    await expect(recordingOfRun(torn, undefined)).rejects.toMatchObject({ code: 'RUN_EVIDENCE_DAMAGED', exitCode: 5 });
  });

  const header = JSON.stringify({ format: 'canaryproof.samples/1', columns: ['startMs', 'endMs', 'status'] });
  it.each([
    ['RUN_EVIDENCE_DAMAGED', []],
    ['RUN_EVIDENCE_DAMAGED', ['{"format":"other"}']],
    ['RUN_EVIDENCE_DAMAGED', [header.replace('status', 'state')]],
    ['RUN_EVIDENCE_DAMAGED', [header, '[1,2']],
    ['RUN_EVIDENCE_DAMAGED', [header, '[1,null,200]']],
    ['SIMULATION_TRAFFIC', [header, '[1,2,0]']],
  ])('%s: %j', (code, lines) => {
    expect(() => recordingOfSamples(lines, 'x')).toThrow(withCode(code));
  });
});

describe('a Prometheus', () => {
  const ask: PrometheusAsk = {
    selector: selectorOf('cart', ''),
    endMs: 50_000,
    rangeMs: 50_000,
    intervalMs: 10_000,
    from: 'x',
  };
  const series = (
    values: Readonly<Record<number, number>>,
    labels: Readonly<Record<string, string>> = {},
  ): CounterSeries => ({
    labels: { response_code: '200', ...labels },
    points: Object.entries(values).map(([seconds, value]) => ({ atMs: Number(seconds) * 1000, value })),
  });
  const recorded = (all: readonly CounterSeries[], changes: Partial<PrometheusAsk> = {}) =>
    recordingOfPrometheus({ ...ask, ...changes }, async (query) =>
      query.startsWith('max(timestamp(') ? [scraped(all)] : all,
    );
  /** When the newest sample behind each point was scraped: then, where the series say nothing else. */
  const scraped = (all: readonly CounterSeries[]): CounterSeries => ({
    labels: {},
    points: [...new Set(all.flatMap(({ points }) => points.map(({ atMs }) => atMs)))].map((atMs) => ({
      atMs,
      value: atMs / 1000,
    })),
  });

  it('subtracts counters, from 0 where one is born or begins anew', async () => {
    const old = series({ 0: 1000, 10: 1010, 20: 1020, 30: 5, 40: 7, 50: 7 });
    const young = series({ 20: 4, 30: 5, 40: 6, 50: 6 }, { response_code: '502' });
    const { requests, errors } = await recorded([old, young]);
    expect([requests, errors]).toEqual([
      [10, 14, 6, 3, 0],
      [0, 4, 1, 1, 0],
    ]);
  });

  it('counts a request once where both sides report it, and leaves out what nobody saw', async () => {
    const server = series({ 0: 0, 10: 10, 40: 100, 50: 108 }, { reporter: 'destination' });
    const client = series({ 0: 0, 10: 4, 40: 40, 50: 41 }, { reporter: 'source' });
    const { requests } = await recorded([client, server]);
    expect(requests).toEqual([10, 8]);
  });

  it('leaves out a short outage, of which Prometheus repeats what it knew, and the leap behind it', async () => {
    const repeated = series({ 0: 0, 10: 10, 20: 10, 30: 10, 40: 44, 50: 50 });
    const scrapes = { labels: {}, points: [0, 10, 20, 30, 40, 50].map((at) => ({ atMs: at * 1000, value: at })) };
    const away = scrapes.points.map(({ atMs, value }) => ({
      atMs,
      value: atMs === 20_000 || atMs === 30_000 ? 10 : value,
    }));
    const counted = async (points: CounterSeries['points']) =>
      (
        await recordingOfPrometheus(ask, async (query) =>
          query.startsWith('max(timestamp(') ? [{ labels: {}, points }] : [repeated],
        )
      ).requests;
    expect(await counted(away)).toEqual([10, 6]);
    const lacking = await recordingOfPrometheus(ask, async (query) =>
      query.startsWith('max(timestamp(') ? [{ labels: {}, points: away }] : [repeated],
    );
    expect(lacking.warnings).toEqual(['only 2 of the 5 intervals of the range had a scrape at both of their ends']);
    expect(await counted(scrapes.points)).toEqual([10, 0, 0, 34, 6]);
  });

  it('asks in pieces that share an edge', async () => {
    const asked: number[][] = [];
    const rangeMs = 25_000 * 1000;
    const { requests } = await recordingOfPrometheus(
      { ...ask, endMs: rangeMs, rangeMs, intervalMs: 1000 },
      async (query, { startMs, endMs }) => {
        if (query.startsWith('max(timestamp(')) {
          const fresh = Array.from({ length: (endMs - startMs) / 1000 + 1 }, (_, at) => startMs + at * 1000);
          return [{ labels: {}, points: fresh.map((atMs) => ({ atMs, value: atMs / 1000 })) }];
        }
        expect(query).toBe(
          'sum by (reporter, response_code, pod, instance) (istio_requests_total{destination_workload="cart"})',
        );
        asked.push([startMs / 1000, endMs / 1000]);
        const points = Array.from({ length: (endMs - startMs) / 1000 + 1 }, (_, at) => {
          const atMs = startMs + at * 1000;
          return { atMs, value: atMs / 500 };
        });
        return [{ labels: { response_code: '200' }, points }];
      },
    );
    expect(asked).toEqual([
      [0, 10_000],
      [10_000, 20_000],
      [20_000, 25_000],
    ]);
    expect(requests).toHaveLength(25_000);
    expect(new Set(requests)).toEqual(new Set([2]));
  });

  it.each<[string, readonly CounterSeries[], Partial<PrometheusAsk>]>([
    ['SIMULATION_PROMETHEUS_EMPTY', [], {}],
    ['SIMULATION_PROMETHEUS_EMPTY', [series({ 0: 5, 10: 5, 20: 5 })], {}],
    ['SIMULATION_PROMETHEUS_EMPTY', [series({ 0: 1, 20: 5, 40: 9 })], {}],
    ['SIMULATION_PROMETHEUS_ANSWER', [series({ 0: 1, 10: Number.NaN })], {}],
    ['SIMULATION_PROMETHEUS_ANSWER', [series({ 0: 1, 10: -3 })], {}],
    ['SIMULATION_PROMETHEUS_ANSWER', [{ labels: {}, points: [{ atMs: 0, value: 1 }] }], {}],
    ['SIMULATION_RANGE', [], { rangeMs: 9000 }],
    ['SIMULATION_RANGE', [], { rangeMs: 1e12 }],
    ['SIMULATION_SELECT', [], { selector: 'sum(x)' }],
    ['SIMULATION_SELECT', [], { selector: 'x{a="b"}) or (y' }],
  ])('%s', async (code, answer, changes) => {
    await expect(recorded(answer, changes)).rejects.toMatchObject({ code });
  });
});
