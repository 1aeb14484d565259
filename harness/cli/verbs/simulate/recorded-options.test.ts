/** Recorded traffic on the command line: written first, simulated on, and simulated on again from the file. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { createSamplesFile } from '../../../run-directory/samples-file.ts';
import { parseRecording, recordingText } from '../../../simulate-policy/recording/recording-file.ts';
import { okShare, policySource } from '../../../simulation/policy-fixture.ts';
import { startFakePrometheus } from '../../../testkit/fakes/fake-prometheus.ts';
import { createFakeWorld } from '../../../testkit/fakes/fake-world.ts';
import { fewOf, thorough } from '../../../testkit/runner/thorough.ts';
import { run } from '../../run.ts';
import { rangeOf, trafficOf } from './simulate-arguments.ts';

const HOUR_MS = 3_600_000;
const { rollout, templates } = policySource(
  { query: okShare('30s'), interval: '10s', successCondition: 'result[0] >= 0.99' },
  { steps: ['50/60'] },
);
let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'recorded-'));
  await mkdir(path.join(root, 'shop'));
  await writeFile(
    path.join(root, 'shop', 'all.yaml'),
    [rollout, ...templates].map((one) => stringify(one)).join('---\n'),
  );
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function simulate(...argv: readonly string[]) {
  const world = createFakeWorld({ cwd: root, env: { TOKEN: 'Bearer secret' } });
  const exitCode = await run(world, ['simulate', './shop', '--scrape', '10s', '--rollouts', '60', '-q', ...argv]);
  return { exitCode, stdout: world.stdoutText(), stderr: world.stderrText() };
}

/** A counter that grows by 300 every ten seconds, with three errors of them; each point is a scrape. */
function counters(url: URL) {
  const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(url.searchParams.get(name)));
  const values = (of: (seconds: number) => number) =>
    Array.from({ length: (end! - start!) / step! + 1 }, (_, index) => {
      const at = start! + index * step!;
      return [at, String(of(at - start!))];
    });
  const series = (code: string, perStep: number) => ({
    metric: { response_code: code, reporter: 'destination' },
    values: values((seconds) => (seconds / step!) * perStep),
  });
  const scraped = { metric: {}, values: values((seconds) => start! + seconds) };
  const isAge = url.searchParams.get('query')?.startsWith('max(timestamp(');
  const result = isAge ? [scraped] : [series('200', 297), series('503', 3)];
  return { status: 'success', data: { resultType: 'matrix', result } };
}

it('a Prometheus is asked for what the Rollout gets, once, and not again for the same recording', async () => {
  await using prometheus = await startFakePrometheus(counters);
  const from = ['--from-prometheus', `${prometheus.url}/`, '--range', '1h', '--header-env', 'Authorization: TOKEN'];
  const first = await simulate(...from, '-o', 'json');
  expect([first.exitCode, first.stderr]).toEqual([0, '']);
  const { inputs } = JSON.parse(first.stdout);
  expect(inputs).toMatchObject({
    ratePerSecond: 30,
    stable: { errorShare: 0.01 },
    recording: { intervals: 360, fano: 0 },
  });
  expect(prometheus.asked[0]?.searchParams.get('query')).toContain(
    'istio_requests_total{destination_workload="shop",destination_workload_namespace="demo"}',
  );
  const written = await readFile(path.join(root, 'recorded-traffic.json'), 'utf8');
  expect(written).not.toContain('secret');
  expect(parseRecording(written, 'x').requests).toEqual(new Array(360).fill(300));
  const again = await simulate('--traffic', 'recorded-traffic.json', '-o', 'json');
  expect(again.stdout).toBe(first.stdout);
  const text = await simulate('--traffic', './recorded-traffic.json', '--canary-error-rate', '50%');
  expect(text.stdout).toContain('drawn from 360 recorded intervals of 10 s, errors with a Fano factor of 0');
  const asked = prometheus.asked.length;
  expect((await simulate(...from)).stderr).toMatch(/^error SIMULATION_RECORD_EXISTS: .*\n?/);
  expect(prometheus.asked.length).toBe(asked);
});

it.each<[code: string, exit: number, answer: unknown]>(
  fewOf(2, [
    ['PROMETHEUS_UNREACHABLE', 3, undefined],
    ['PROMETHEUS_REFUSED', 3, '<html>sign in</html>'],
    ['PROMETHEUS_REFUSED', 3, { status: 'error', errorType: 'bad_data', error: 'exceeded maximum resolution' }],
    ['PROMETHEUS_REFUSED', 3, { status: 'success', data: { resultType: 'vector', result: [] } }],
    ['SIMULATION_PROMETHEUS_EMPTY', 2, { status: 'success', data: { resultType: 'matrix', result: [] } }],
    [
      'SIMULATION_PROMETHEUS_ANSWER',
      3,
      {
        status: 'success',
        data: { resultType: 'matrix', result: [{ metric: { response_code: '200' }, values: [[1, 'NaN']] }] },
      },
    ],
  ]),
)('%s, and no file is left', async (code, exit, answer) => {
  await using prometheus = await startFakePrometheus(() => answer);
  const { exitCode, stderr } = await simulate('--from-prometheus', prometheus.url, '--record', 'none.json');
  expect(stderr).toMatch(new RegExp(`^error ${code}: `));
  expect(exitCode).toBe(exit);
  await expect(readFile(path.join(root, 'none.json'))).rejects.toThrow();
});

it('a header that a Prometheus echoes is not repeated', async () => {
  await using prometheus = await startFakePrometheus(() => '<html>you sent Bearer secret</html>');
  const from = [
    '--from-prometheus',
    prometheus.url,
    '-H',
    'X-Auth: another-one',
    '--header-env',
    'Authorization: TOKEN',
  ];
  const { stderr } = await simulate(...from, '--record', 'none.json');
  expect(stderr).toContain('<html>you sent ***</html>');
  const credentials = await simulate('--from-prometheus', prometheus.url.replace('//', '//:secret@'));
  expect(credentials.stderr).toMatch(/^error SIMULATION_PROMETHEUS_URL: /);
  expect(credentials.stderr).not.toContain('secret');
});

thorough('an earlier run, and what a recording must not be said twice with', async () => {
  await mkdir(path.join(root, 'runs', 'one'), { recursive: true });
  const samples = createSamplesFile(path.join(root, 'runs', 'one', 'samples-ingress.jsonl.gz'));
  for (let sequence = 0; sequence < 6000; sequence += 1) {
    const startMs = HOUR_MS + sequence * 50;
    samples.write({
      sequence,
      startMs,
      endMs: startMs + 30,
      status: sequence % 500 === 0 ? 500 : 200,
      errorCode: 0,
      vu: 1,
      identity: '',
    });
  }
  samples.close();
  const { exitCode, stdout, stderr } = await simulate('--from-run', 'runs/one', '--record', 'run.json', '-o', 'json');
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout).inputs).toMatchObject({
    ...{ ratePerSecond: 20, stable: { latency: { medianMs: 30, sigma: 0 } } },
    recording: { intervals: 299, intervalMs: 1000 },
  });
  for (const twice of [
    ['--fano', '2'],
    ['--arrivals', 'paced'],
    ['--at', 'usual'],
  ])
    expect((await simulate('--traffic', './run.json', ...twice)).stderr).toMatch(/^error SIMULATION_TRAFFIC: /);
  const short = { from: 'x', startMs: 0, intervalMs: 1000, requests: [5, 5], errors: [0, 0], latency: undefined };
  await writeFile(path.join(root, 'short.json'), recordingText(short));
  expect((await simulate('--traffic', './short.json')).stderr).toMatch(/^error SIMULATION_RECORDING_SHORT: .*\n/);
});

it('rates, files and ranges are told apart', () => {
  expect([trafficOf('30/m'), trafficOf('.5/s'), trafficOf('7')]).toEqual([0.5, 0.5, 7]);
  expect([trafficOf('day.json'), trafficOf('./a'), trafficOf('/tmp/b')]).toEqual([
    { file: 'day.json' },
    { file: './a' },
    { file: '/tmp/b' },
  ]);
  expect([rangeOf('7d'), rangeOf('1d12h'), rangeOf('90m')]).toEqual([168 * HOUR_MS, 36 * HOUR_MS, 1.5 * HOUR_MS]);
  expect(() => trafficOf('many')).toThrow('expected a rate such as 100/s');
  expect(() => rangeOf('a week')).toThrow('duration');
  expect(rangeOf('720h')).toBe(720 * HOUR_MS);
  for (const text of ['4000d', '999999999h']) expect(() => rangeOf(text)).toThrow('ten years');
});
