/** A real Envoy writes the log that we ask for, and Istio's own; what it writes is what the join reads. */
import { mkdtemp, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { programFrom } from '../bench/child-program.ts';
import { type EnvoyProcess, loopback, startEnvoy } from '../bench/envoy-process.ts';
import { markedUserAgent } from '../documents/request-mark.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { type AccessLine, parseAccessLine } from './access-line.ts';
import { answerLog } from './answer-log.ts';

const TYPE = 'type.googleapis.com/envoy.extensions.filters';
const RECEIVER = 'inbound|8080||';
const CALLER = 'outbound|80|v1|cart.shop.svc.cluster.local';
/** Istio's, of pilot/pkg/model/telemetry_logging.go: what a mesh writes whose access log was just switched on. */
const ISTIO_TEXT =
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% ' +
  '%RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% ' +
  '%BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" ' +
  '"%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS% ' +
  '%DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%\n';

let folder: string;
let envoy: EnvoyProcess;
let upstream: Server;
const arrivedHosts: (string | undefined)[] = [];
const logs = () => ({
  ours: path.join(folder, 'ours'),
  marked: path.join(folder, 'marked'),
  text: path.join(folder, 'text'),
});

/** Our log as the filter has it, but into a file. */
function ours(marked: boolean, file: string) {
  const log = answerLog(marked) as { typed_config: object };
  return { ...log, typed_config: { ...log.typed_config, path: file } };
}

function config(port: number) {
  const { ours: all, marked, text } = logs();
  const textLog = {
    name: 'envoy.access_loggers.file',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
      path: text,
      log_format: { text_format_source: { inline_string: ISTIO_TEXT } },
    },
  };
  const retry_policy = { retry_on: '5xx', num_retries: 2, retry_back_off: { base_interval: '0.001s' } };
  const mirror = { request_mirror_policies: [{ cluster: RECEIVER }] };
  const routes = [
    { match: { prefix: '/refused' }, direct_response: { status: 403 } },
    { match: { prefix: '/nobody' }, route: { cluster: 'outbound|80|v9|cart.shop.svc.cluster.local' } },
    { match: { prefix: '/mirrored' }, route: { cluster: CALLER, ...mirror } },
    { match: { prefix: '/received' }, route: { cluster: RECEIVER } },
    { match: { prefix: '/' }, route: { cluster: CALLER, retry_policy } },
  ];
  const manager = {
    ...{ '@type': `${TYPE}.network.http_connection_manager.v3.HttpConnectionManager`, stat_prefix: 'test' },
    // as Istio's gateways are: an id from outside is replaced
    use_remote_address: true,
    generate_request_id: true,
    access_log: [ours(false, all), ours(true, marked), textLog],
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
    http_filters: [{ name: 'envoy.filters.http.router', typed_config: { '@type': `${TYPE}.http.router.v3.Router` } }],
  };
  const cluster = (name: string, ...ports: readonly number[]) => ({
    ...{ name, type: 'STATIC' },
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: ports.map((each) => ({ endpoint: { address: loopback(each) } })) }],
    },
  });
  const filters = [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }];
  return {
    static_resources: {
      listeners: [{ address: loopback(0), filter_chains: [{ filters }] }],
      clusters: [cluster(RECEIVER, port), cluster(CALLER, port), cluster('outbound|80|v9|cart.shop.svc.cluster.local')],
    },
  };
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-answer-log-'));
  let attempts = 0;
  upstream = createServer((request, response) => {
    arrivedHosts.push(request.headers.host);
    attempts += 1;
    response.writeHead(request.url === '/retried' && attempts % 2 === 1 ? 503 : 200).end();
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  envoy = await startEnvoy(
    await programFrom('CANARYPROOF_ENVOY', 'envoy'),
    config((upstream.address() as AddressInfo).port),
  );
});
afterAll(async () => {
  await envoy?.stop();
  upstream?.closeAllConnections();
  upstream?.close();
  await removeOwnTree(folder);
});

/** Asks, and waits until each log has a line more. */
async function linesOf(
  pathname: string,
  headers: Record<string, string>,
): Promise<Record<'ours' | 'marked' | 'text', string[]>> {
  const read = async () => {
    const texts = Object.entries(logs()).map(async ([name, file]) => [
      name,
      await readFile(file, 'utf8').catch(() => ''),
    ]);
    const all = Object.fromEntries((await Promise.all(texts)) as [string, string][]) as Record<'ours', string>;
    return Object.entries(all).map(([name, text]) => [name, text.split('\n').filter(Boolean)] as const);
  };
  const before = Object.fromEntries((await read()).map(([name, lines]) => [name, lines.length]));
  await fetch(`http://127.0.0.1:${envoy.port}${pathname}`, { headers });
  const isMarked = headers['user-agent']?.includes('canaryproof-request/');
  const more = async () => (await read()).map(([name, lines]) => [name, lines.length - (before[name] ?? 0)]);
  const expected = { ours: 1, marked: isMarked ? 1 : 0, text: 1 };
  // Envoy flushes each file on a timer of its own
  await expect.poll(async () => Object.fromEntries(await more()), { timeout: 20_000 }).toEqual(expected);
  return Object.fromEntries((await read()).map(([name, lines]) => [name, lines.slice(before[name])])) as never;
}

const agent = `${markedUserAgent('0af3')}41`;
const READ: AccessLine = {
  side: 'caller',
  mark: { load: '0af3', sequence: 41 },
  requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown as string,
  authority: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as unknown as string,
  status: 200,
  flags: '',
  upstreamAddress: '127.0.0.1',
};

test.each([
  ['/', {}],
  ['/received', { side: 'receiver' }],
  ['/retried', {}],
  ['/nobody', { status: 503, flags: 'UH', upstreamAddress: undefined }],
  ['/q?a=%22b%22', {}],
] as const)('%s is read alike from our format and from Istio’s', async (pathname, change) => {
  const theirs = '11111111-1111-4111-8111-111111111111';
  const lines = await linesOf(pathname, { 'user-agent': agent, 'x-request-id': theirs });
  const read = Object.values(lines).map((each) => each.map(parseAccessLine));
  expect(read).toEqual([[{ ...READ, ...change }], [{ ...READ, ...change }], [{ ...READ, ...change }]]);
});

test('what reaches no cluster has no side, and requests of others stay out of a gateway’s log', async () => {
  const refused = await linesOf('/refused', { 'user-agent': agent });
  expect(refused.ours.map(parseAccessLine)).toEqual([undefined]);
  const others = await linesOf('/', { 'user-agent': 'curl/8.1' });
  expect(others.marked).toEqual([]);
  expect(others.ours.map(parseAccessLine)).toMatchObject([{ mark: undefined, status: 200 }]);
});

test('a mirrored request says so by its authority', async () => {
  arrivedHosts.length = 0;
  await linesOf('/mirrored', { 'user-agent': agent });
  await expect.poll(() => arrivedHosts.length).toBe(2);
  expect(arrivedHosts.toSorted()).toEqual([`127.0.0.1:${envoy.port}`, `127.0.0.1-shadow:${envoy.port}`].toSorted());
});
