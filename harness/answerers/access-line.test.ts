import { expect, test } from 'vitest';
import { markedUserAgent } from '../documents/request-mark.ts';
import { parseAccessLine } from './access-line.ts';

const OURS = {
  user_agent: `${markedUserAgent('ab12')}17`,
  request_id: 'r-1',
  authority: 'shop.example.com',
  response_code: 200,
  response_flags: '-',
  upstream_host: '10.1.2.3:8080',
  upstream_cluster: 'outbound|80|v1|cart.shop.svc.cluster.local',
};
const line = (change: Readonly<Record<string, unknown>> = {}) => JSON.stringify({ ...OURS, ...change });

test('the format that we ask for', () => {
  expect(parseAccessLine(line())).toEqual({
    side: 'caller',
    mark: { load: 'ab12', sequence: 17 },
    requestId: 'r-1',
    authority: 'shop.example.com',
    status: 200,
    flags: '',
    upstreamAddress: '10.1.2.3',
  });
});

test.each([
  ['inbound|8080||', 'receiver'],
  ['InboundPassthroughCluster', 'receiver'],
  ['outbound|80||cart.shop.svc.cluster.local', 'caller'],
  ['outbound|80|v1|cart.shop.svc.cluster.local;', 'caller'],
  ['PassthroughCluster', 'caller'],
])('%s is of a %s', (upstream_cluster, side) => {
  expect(parseAccessLine(line({ upstream_cluster }))).toMatchObject({ side });
});

test.each([
  ['[fd00::7]:8080', 'fd00::7'],
  ['-', undefined],
  [null, undefined],
  ['/var/run/socket', undefined],
])('the endpoint %s is at %s', (upstream_host, upstreamAddress) => {
  expect(parseAccessLine(line({ upstream_host }))?.upstreamAddress).toBe(upstreamAddress);
});

test.each([
  ['somebody else', 'curl/8.1', undefined],
  ['our load without a mark', 'canaryproof (k6)', undefined],
  ['not at the end', `${markedUserAgent('ab12')}17 more`, undefined],
  ["behind the user's own", `${markedUserAgent('ab12', 'probe/1.0 (+me)')}3`, { load: 'ab12', sequence: 3 }],
])('the mark: %s', (_, user_agent, mark) => {
  expect(parseAccessLine(line({ user_agent }))?.mark).toEqual(mark);
});

const ISTIO =
  '[2026-11-29T01:00:00.000Z] "GET /cart?q=%22 HTTP/1.1" 200 - via_upstream - "-" 0 19 2 1 "-" ' +
  `"${markedUserAgent('ab12')}17" "r-1" "cart:8080" "10.1.2.3:8080" inbound|8080|| 127.0.0.6:4000 10.1.2.3:8080 10.1.2.9:5000 outbound_.80_.v1_.cart default`;

test("Istio's own text, also with quotes in the path", () => {
  const read = {
    side: 'receiver',
    mark: { load: 'ab12', sequence: 17 },
    requestId: 'r-1',
    authority: 'cart:8080',
    status: 200,
    flags: '',
    upstreamAddress: '10.1.2.3',
  };
  expect(parseAccessLine(ISTIO)).toEqual(read);
  expect(parseAccessLine(ISTIO.replace('%22', '" "x'))).toEqual(read);
  expect(parseAccessLine(ISTIO.replace('200 -', '503 UF,URX'))).toMatchObject({ status: 503, flags: 'UF,URX' });
});

test.each([
  ['a word of the agent', '2026-11-29T01:00:00Z\tinfo\tEnvoy proxy is ready'],
  ['JSON of something else', '{"level":"info"}'],
  ['JSON that is no object', '[1,2]'],
  ['a line that was cut', line().slice(0, 60)],
  ['text that was cut', ISTIO.slice(0, 90)],
  ['a cluster of neither side', line({ upstream_cluster: 'prometheus_stats' })],
  ['no cluster at all', line({ upstream_cluster: null })],
  ['no status', line({ response_code: 'x' })],
  ['nothing', ''],
])('%s is no access line', (_, text) => {
  expect(parseAccessLine(text)).toBeUndefined();
});
