import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test, vi } from 'vitest';
import { startFakePrometheus, versionVector } from '../testkit/fakes/fake-prometheus.ts';
import { askPrometheus, queryPrometheus, queryPrometheusRange } from './prometheus-client.ts';

const { signal } = new AbortController();
const RANGE = { startMs: 1_000, endMs: 9_500, stepMs: 4_000 };

test('an instant query: labels, numbers, milliseconds', async () => {
  await using prometheus = await startFakePrometheus(() => versionVector({ v1: 90, v3: 10 }, 1234.5));
  expect(await queryPrometheus(prometheus.url, 'sum(a{b="c d"}) > 0', signal)).toEqual([
    { labels: { destination_version: 'v1' }, value: 90, atMs: 1_234_500 },
    { labels: { destination_version: 'v3' }, value: 10, atMs: 1_234_500 },
  ]);
  expect(prometheus.asked[0]?.pathname).toBe('/api/v1/query');
  expect(prometheus.asked[0]?.searchParams.get('query')).toBe('sum(a{b="c d"}) > 0');
});

test.each([
  ['of which a store says that it is not whole', ['No StoreAPIs matched for this query: partial response'], true],
  ['of which Prometheus says something about the query', ['PromQL warning: bucket label "le" is missing'], false],
  ['of which nothing is said', [], false],
])('an answer %s', async (_, warnings, refused) => {
  const result = [{ metric: {}, values: [[1, '5']] }];
  await using instant = await startFakePrometheus(() => ({ ...versionVector({ v1: 90 }), warnings }));
  await using range = await startFakePrometheus(() => ({
    ...{ status: 'success', data: { resultType: 'matrix', result }, warnings },
  }));
  for (const asking of [
    queryPrometheus(instant.url, 'a', signal),
    queryPrometheusRange(range.url, 'a', RANGE, signal),
  ]) {
    const code = await asking.then(
      () => undefined,
      (error: unknown) => (error as { code?: string }).code,
    );
    expect(code).toBe(refused ? 'PROMETHEUS_PARTIAL' : undefined);
  }
});

test('a range query: seconds out, milliseconds in', async () => {
  const result = [
    {
      metric: { a: 'b' },
      values: [
        [1, '5'],
        [5, 'NaN'],
      ],
    },
  ];
  await using prometheus = await startFakePrometheus(() => ({
    status: 'success',
    data: { resultType: 'matrix', result },
  }));
  expect(await queryPrometheusRange(prometheus.url, 'a', RANGE, signal)).toEqual([
    {
      labels: { a: 'b' },
      points: [
        { atMs: 1000, value: 5 },
        { atMs: 5000, value: Number.NaN },
      ],
    },
  ]);
  expect(String(prometheus.asked[0]?.searchParams)).toBe('query=a&start=1&end=9.5&step=4');
});

test.each<[string, unknown]>([
  ['an error answer', { status: 'error', errorType: 'bad_data', error: 'parse error at char 3' }],
  ['another type of result', { status: 'success', data: { resultType: 'scalar', result: [1, '2'] } }],
  ['a page that is no JSON', '<html>no healthy upstream</html>'],
])('%s is refused with what it said', async (_, body) => {
  await using prometheus = await startFakePrometheus(() => body);
  const expected = {
    code: 'PROMETHEUS_REFUSED',
    exitCode: 3,
    where: 'a query',
    message: expect.stringMatching(/parse error|scalar|no healthy upstream/),
  };
  await expect(queryPrometheus(prometheus.url, 'a query', signal)).rejects.toMatchObject(expected);
  await expect(queryPrometheusRange(prometheus.url, 'a query', RANGE, signal)).rejects.toMatchObject(expected);
});

test('nobody listening, or a connection that breaks: unreachable', async () => {
  await using prometheus = await startFakePrometheus(() => undefined);
  for (const url of [prometheus.url, 'http://127.0.0.1:9'])
    await expect(queryPrometheus(url, 'a', signal)).rejects.toMatchObject({
      code: 'PROMETHEUS_UNREACHABLE',
      exitCode: 3,
      where: url,
    });
});

test('any endpoint: data, or what Prometheus refuses in its own words', async () => {
  const answers: unknown[] = [
    { status: 'success', data: ['a', 'b'] },
    { status: 'error', errorType: 'bad_data', error: 'parse error at char 3' },
    { message: 'no Prometheus' },
  ];
  await using prometheus = await startFakePrometheus(() => answers.shift());
  const parameters = [
    ['match[]', 'up{a="b c"}'],
    ['match[]', 'down'],
  ] as const;
  const ask = () => askPrometheus(prometheus.url, 'label/job/values', parameters, signal);
  expect(await ask()).toEqual({ data: ['a', 'b'] });
  expect(prometheus.asked[0]?.pathname).toBe('/api/v1/label/job/values');
  expect(prometheus.asked[0]?.searchParams.getAll('match[]')).toEqual(['up{a="b c"}', 'down']);
  expect(await ask()).toEqual({ refused: 'parse error at char 3' });
  await expect(ask()).rejects.toMatchObject({ code: 'PROMETHEUS_REFUSED', exitCode: 3 });
});

test('an interruption passes through as it is', async () => {
  const why = new DOMException('Ctrl-C', 'AbortError');
  await expect(queryPrometheus('http://127.0.0.1:9', 'a', AbortSignal.abort(why))).rejects.toBe(why);
});

test('headers do not follow a redirect to another host', async () => {
  await using other = await startFakePrometheus(() => ({ status: 'success' }));
  const first = createServer((request, response) => {
    response.writeHead(307, { location: `${other.url}${request.url}` }).end();
  });
  await new Promise<void>((resolve) => first.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(first.address() as AddressInfo).port}`;
  try {
    const asking = queryPrometheusRange(url, 'a', RANGE, signal, { 'X-Auth': 'secret' });
    await expect(asking).rejects.toMatchObject({
      code: 'PROMETHEUS_UNREACHABLE',
      message: 'it answers with a redirect, and headers follow none',
    });
    expect(other.asked).toEqual([]);
  } finally {
    await new Promise((resolve) => first.close(resolve));
  }
});

test.each<[status: number, body: string, message: string, hint: RegExp]>([
  [401, '', 'HTTP 401, nothing', /--header-env/],
  [403, '{"message":"forbidden"}', 'HTTP 403, {"message":"forbidden"}', /--header-env/],
  [502, '<html>\n  <h1>Bad Gateway</h1>', 'HTTP 502, <html> <h1>Bad Gateway</h1>', /no answer of a Prometheus/],
  [200, '', 'HTTP 200, nothing', /no answer of a Prometheus/],
])('%i with %j is told with its status, on one line, and with what to do', async (status, body, said, hint) => {
  const server = createServer((_, response) => void response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await expect(queryPrometheusRange(url, 'a', RANGE, signal)).rejects.toMatchObject({
      code: 'PROMETHEUS_REFUSED',
      message: `Prometheus refused a query: ${said}`,
      hint: expect.stringMatching(hint),
    });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test('what Prometheus says in words is repeated in words, and its warnings are heard', async () => {
  const data = { resultType: 'matrix', result: [] };
  const answers = [
    { status: 'error', errorType: 'timeout', error: 'query timed out' },
    { status: 'success', data, warnings: ['a store is away'] },
  ];
  await using prometheus = await startFakePrometheus(() => answers.shift());
  const warnings: string[] = [];
  const ask = () => queryPrometheusRange(prometheus.url, 'a', RANGE, signal, {}, (warning) => warnings.push(warning));
  await expect(ask()).rejects.toMatchObject({ message: 'Prometheus refused a query: query timed out' });
  expect([await ask(), warnings]).toEqual([[], ['a store is away']]);
});

test('one that never answers is given up', async () => {
  const timeout = vi
    .spyOn(AbortSignal, 'timeout')
    .mockImplementation(() => AbortSignal.abort(new DOMException('late', 'TimeoutError')));
  try {
    await expect(queryPrometheus('http://127.0.0.1:9', 'a', signal)).rejects.toMatchObject({
      code: 'PROMETHEUS_UNREACHABLE',
    });
    expect(timeout).toHaveBeenCalledWith(150_000);
  } finally {
    timeout.mockRestore();
  }
});
