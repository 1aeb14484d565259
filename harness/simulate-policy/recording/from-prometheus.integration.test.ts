/** A recording from the real Prometheus: the counts that were written are the counts that come back. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../cli/run.ts';
import { queryPrometheusRange } from '../../evidence/prometheus-client.ts';
import type { Series } from '../../oracle/promql/series.ts';
import { createFakeWorld } from '../../testkit/fakes/fake-world.ts';
import { type RealPrometheus, startRealPrometheus } from '../../testkit/rollouts/real-prometheus.ts';
import { recordingOfPrometheus, selectorOf } from './from-prometheus.ts';
import { parseRecording } from './recording-file.ts';

const STEP_MS = 15_000;
const STEPS = 240;
/** Prometheus takes no samples that are much older than its newest. */
const startMs = Math.floor((Date.now() - STEPS * STEP_MS - 120_000) / STEP_MS) * STEP_MS;
const endMs = startMs + STEPS * STEP_MS;

/** Requests of each step, with a lull and a burst of errors. */
const requestsAt = (step: number) => (step % 40 < 5 ? 0 : 100 + (step % 7) * 10);
const errorsAt = (step: number) => (step === 100 ? 60 : step % 20 === 0 && requestsAt(step) > 0 ? 2 : 0);

function counter(
  code: string,
  pod: string,
  reporter: string,
  of: (step: number) => number,
  from: number,
  to: number,
): Series {
  let value = 0;
  const points: [number, number][] = [];
  for (let step = from; step <= to; step += 1) {
    value += of(step);
    points.push([startMs + step * STEP_MS, value]);
  }
  const labels = { __name__: 'istio_requests_total', reporter, response_code: code, pod, instance: `${pod}:15020` };
  return {
    labels: { ...labels, destination_workload: 'cart', destination_workload_namespace: 'shop' },
    points,
    staleAtMs: [startMs + (to + 1) * STEP_MS],
  };
}

/** One pod until the middle, another after it, whose counters begin anew; the clients' proxies see most of it as well. */
const half = STEPS / 2;
const fine = (step: number) => requestsAt(step) - errorsAt(step);
const series = [
  counter('200', 'cart-1', 'destination', fine, 0, half),
  counter('503', 'cart-1', 'destination', errorsAt, 0, half),
  counter('200', 'cart-2', 'destination', fine, half + 1, STEPS),
  counter('503', 'cart-2', 'destination', errorsAt, half + 1, STEPS),
  counter('200', 'front', 'source', (step) => Math.floor(requestsAt(step) / 2), 0, STEPS),
];

/** Fifty a step, and ten scrapes in a row that were missed. */
const whole = counter('200', 'away-1', 'destination', () => 50, 0, STEPS);
const away: Series = {
  ...whole,
  labels: { ...whole.labels, destination_workload: 'away' },
  points: whole.points.filter(([atMs]) => atMs < startMs + 100 * STEP_MS || atMs >= startMs + 110 * STEP_MS),
};

let server: RealPrometheus;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-recording-'));
  server = await startRealPrometheus();
  await server.write([...series, away]);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const ask = {
  selector: selectorOf('cart', 'shop'),
  endMs,
  rangeMs: STEPS * STEP_MS,
  intervalMs: STEP_MS,
  from: 'a test',
};
const query = (...[text, range]: Parameters<Parameters<typeof recordingOfPrometheus>[1]>) =>
  queryPrometheusRange(server.url, text, range, AbortSignal.timeout(30_000));

describe('a recording', () => {
  it('has every request once, in its interval, over pods that come and go', async () => {
    const { requests, errors, startMs: from } = await recordingOfPrometheus(ask, query);
    const steps = Array.from({ length: STEPS }, (_, index) => index + 1);
    expect(from).toBe(startMs);
    expect(requests).toEqual(steps.map(requestsAt));
    expect(errors).toEqual(steps.map(errorsAt));
  });

  it('leaves out ten scrapes that were missed, though Prometheus answers for them with what it knew', async () => {
    const { requests } = await recordingOfPrometheus({ ...ask, selector: selectorOf('away', 'shop') }, query);
    expect(requests).toEqual(Array.from({ length: STEPS - 11 }, () => 50));
  });

  it.each([
    ['SIMULATION_PROMETHEUS_EMPTY', { selector: selectorOf('other', 'shop') }],
    ['SIMULATION_PROMETHEUS_ANSWER', { selector: 'prometheus_build_info' }],
    ['SIMULATION_SELECT', { selector: 'sum(istio_requests_total)' }],
    ['SIMULATION_RANGE', { rangeMs: 1000 }],
  ])('%s', async (code, changes) => {
    if (code === 'SIMULATION_PROMETHEUS_ANSWER')
      await server.write([{ labels: { __name__: 'prometheus_build_info' }, points: [[endMs - STEP_MS, 1]] }]);
    await expect(recordingOfPrometheus({ ...ask, ...changes }, query)).rejects.toMatchObject({ code });
  });

  it('PROMETHEUS_REFUSED where it refuses, PROMETHEUS_UNREACHABLE where nobody answers', async () => {
    const broken = { ...ask, selector: 'istio_requests_total{code=~"("}' };
    await expect(recordingOfPrometheus(broken, query)).rejects.toMatchObject({
      code: 'PROMETHEUS_REFUSED',
      exitCode: 3,
    });
    const nobody: typeof query = (text, range) =>
      queryPrometheusRange('http://127.0.0.1:9', text, range, AbortSignal.timeout(30_000));
    await expect(recordingOfPrometheus(ask, nobody)).rejects.toMatchObject({ code: 'PROMETHEUS_UNREACHABLE' });
  });
});

it('simulate writes it down first, and simulates the same from the file', async () => {
  const argv = ['simulate', 'gridos', '--scrape', '15s', '--rollouts', '40', '-q', '-o', 'json'];
  const from = [
    '--from-prometheus',
    server.url,
    '--select',
    ask.selector,
    '--range',
    '50m',
    '--record',
    'traffic.json',
  ];
  const simulated = async (...more: readonly string[]) => {
    const env = { ...process.env } as Record<string, string>;
    const world = { ...createFakeWorld({ cwd: folder, env }), now: () => endMs };
    const exitCode = await run(world, [...argv, ...more]);
    expect([exitCode, world.stderrText()]).toEqual([0, '']);
    return world.stdoutText();
  };
  const first = await simulated(...from);
  const { requests } = parseRecording(await readFile(path.join(folder, 'traffic.json'), 'utf8'), 'traffic.json');
  expect(requests).toHaveLength(200);
  expect(JSON.parse(first).inputs.recording).toMatchObject({ intervals: 200, intervalMs: STEP_MS });
  expect(await simulated('--traffic', './traffic.json')).toBe(first);
});
