/**
 * Envoy in front of planted pools: who may pass, who is tried again, and a line in a log for each request. Field names:
 * envoyproxy/envoy api/envoy/config and api/envoy/extensions/filters/http/local_ratelimit/v3.
 */
import { loopback, loopbackCluster } from '../../bench/envoy-process.ts';

/** What Envoy itself limits or repeats. */
export interface EnvoySpec {
  /** Of the circuit breaker: requests at a time. */
  readonly maxRequests?: number;
  /** Of the local rate limit. */
  readonly tokensPerSecond?: number;
  readonly retries?: { readonly count: number; readonly tryTimeoutMs: number };
}

const TYPES = 'type.googleapis.com/envoy.extensions';
/** Envoy fills buckets no oftener. */
const FILL_MS = 50;
const UNLIMITED = 100_000;

/** When it came (Unix seconds), how it was answered, and for how long it was upstream, in microseconds. */
const LOG_LINE = '%START_TIME(%s.%6f)% %RESPONSE_CODE% %COMMON_DURATION(US_TX_BEG:US_RX_END:us)%\n';

export function planeConfig(
  { maxRequests = UNLIMITED, tokensPerSecond, retries }: EnvoySpec,
  ports: Readonly<Record<string, number>>,
  logFile: string,
): object {
  const thresholds = [
    {
      ...{ max_requests: maxRequests, max_retries: UNLIMITED },
      ...{ max_connections: UNLIMITED, max_pending_requests: UNLIMITED },
    },
  ];
  const retryPolicy = retries && {
    retry_on: '5xx',
    num_retries: retries.count,
    per_try_timeout: `${retries.tryTimeoutMs / 1000}s`,
    retry_back_off: { base_interval: '0.001s', max_interval: '0.002s' },
  };
  const route = (cluster: string) => ({
    cluster,
    ...(retryPolicy === undefined ? {} : { timeout: '0s', retry_policy: retryPolicy }),
  });
  const manager = {
    '@type': `${TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'planted',
    access_log: [
      {
        name: 'envoy.access_loggers.file',
        typed_config: {
          '@type': `${TYPES}.access_loggers.file.v3.FileAccessLog`,
          path: logFile,
          log_format: { text_format_source: { inline_string: LOG_LINE } },
        },
      },
    ],
    route_config: {
      virtual_hosts: [
        {
          name: 'all',
          domains: ['*'],
          routes: Object.keys(ports).map((name) => ({ match: { prefix: `/${name}/` }, route: route(name) })),
        },
      ],
    },
    http_filters: [
      ...(tokensPerSecond === undefined ? [] : [rateLimit(tokensPerSecond)]),
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': `${TYPES}.filters.http.router.v3.Router` },
      },
    ],
  };
  return {
    static_resources: {
      listeners: [
        {
          address: loopback(0),
          filter_chains: [
            { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] },
          ],
        },
      ],
      clusters: Object.entries(ports).map(([name, port]) => ({
        ...loopbackCluster(name, port),
        circuit_breakers: { thresholds },
      })),
    },
  };
}

function rateLimit(tokensPerSecond: number) {
  const always = { default_value: { numerator: 100, denominator: 'HUNDRED' } };
  const tokens = (tokensPerSecond * FILL_MS) / 1000;
  return {
    name: 'envoy.filters.http.local_ratelimit',
    typed_config: {
      '@type': `${TYPES}.filters.http.local_ratelimit.v3.LocalRateLimit`,
      stat_prefix: 'planted',
      token_bucket: { max_tokens: tokens, tokens_per_fill: tokens, fill_interval: `${FILL_MS / 1000}s` },
      filter_enabled: always,
      filter_enforced: always,
    },
  };
}

export interface LoggedRequest {
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly status: number;
  /** From the first byte to the pool until the last byte back; undefined: it never got there. */
  readonly upstreamMs: number | undefined;
}

/** Lines that were cut off are no requests. */
export function readLog(text: string): readonly LoggedRequest[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\d+\.\d{6}) (\d+) (-|\d+)$/.exec(line);
    if (match === null) return [];
    const [, at, status, upstream] = match;
    const upstreamMs = upstream === '-' ? undefined : Number(upstream) / 1000;
    return [{ atMs: Number(at) * 1000, status: Number(status), upstreamMs }];
  });
}

/** Mean time upstream of what was answered well, milliseconds; undefined: nothing was. */
export function meanServiceMs(requests: readonly LoggedRequest[]): number | undefined {
  const times = requests.flatMap(({ status, upstreamMs }) =>
    status === 200 && upstreamMs !== undefined ? [upstreamMs] : [],
  );
  return times.length === 0 ? undefined : times.reduce((sum, ms) => sum + ms, 0) / times.length;
}
