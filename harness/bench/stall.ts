/**
 * Reproduces the collapse of ARCHITECTURE, decision 53: k6 (open loop) -> gateway -> mTLS -> sidecar -> answering server. The
 * gateway's process is stopped for a while under load; how long after that do answers come in time again? With the keys and
 * the workers that a gateway may have, one after the other.
 *
 *   npm run bench -- stall [--rate 300] [--stop 9] [--after 45]      (requests/s, seconds, seconds)
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createK6Runner } from '../load/k6/k6-runner.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { programFrom, startListening } from './child-program.ts';
import { clusterCounters, type EnvoyProcess, loopback, startEnvoy } from './envoy-process.ts';
import { type KeyKind, meshCertificate } from './mesh-certificate.ts';

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '300' },
    stop: { type: 'string', default: '9' },
    after: { type: 'string', default: '45' },
  },
});
const ratePerSecond = Number(values.rate);
const stopMs = Number(values.stop) * 1000;
const afterMs = Number(values.after) * 1000;
const BEFORE_MS = 5_000;
const REQUEST_TIMEOUT_MS = 5_000;
const IN_TIME_MS = 1_000;

const k6Path = await programFrom('CANARYPROOF_K6', 'k6');
const envoyPath = await programFrom('CANARYPROOF_ENVOY', 'envoy');
async function measure(keyKind: KeyKind, workers: number): Promise<object> {
  await using cleanup = new AsyncDisposableStack();
  const directory = await mkdtemp(path.join(tmpdir(), 'canaryproof-bench-'));
  cleanup.defer(() => removeOwnTree(directory));
  const server = await startListening(
    [process.execPath, fileURLToPath(new URL('answering-server.ts', import.meta.url))],
    {},
  );
  cleanup.defer(() => server.stop());
  const tls = meshCertificate(keyKind);
  const sidecar = await startEnvoy(envoyPath, proxyOf({ to: server.port, accepts: tls }));
  cleanup.defer(() => sidecar.stop());
  const gateway = await startEnvoy(envoyPath, proxyOf({ to: sidecar.port, sends: tls }), workers);
  cleanup.defer(() => gateway.stop());
  const isGone = { already: false };
  cleanup.defer(() => {
    isGone.already = true;
  });

  const run = new AbortController();
  const startedMs = Date.now();
  const goesOnMs = startedMs + BEFORE_MS + stopMs;
  const timer = setTimeout(() => {
    process.kill(gateway.pid, 'SIGSTOP');
    setTimeout(() => {
      if (!isGone.already) process.kill(gateway.pid, 'SIGCONT');
    }, stopMs);
  }, BEFORE_MS);
  cleanup.defer(() => clearTimeout(timer));
  const late: number[] = [];
  let lost = 0;
  await createK6Runner({ k6Path, logDirectory: directory, environment: process.env }).run(
    {
      phase: 'stall',
      url: `http://127.0.0.1:${gateway.port}/`,
      headers: {},
      hosts: {},
      identify: { kind: 'header', name: 'x-version' },
      ratePerSecond,
      maxDurationMs: BEFORE_MS + stopMs + afterMs,
      preAllocatedVus: Math.ceil((ratePerSecond * (REQUEST_TIMEOUT_MS + 1_000)) / 1000),
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      newConnectionPerRequest: false,
    },
    [],
    ({ status, startMs, endMs }) => {
      if (status !== 200) lost += 1;
      if (status !== 200 || endMs - startMs > IN_TIME_MS) late.push(startMs);
      return 'continue';
    },
    run.signal,
  );
  const lastLateMs = late.reduce((last, atMs) => Math.max(last, atMs), 0);
  return {
    keys: keyKind,
    workers,
    'requests late until, after it went on': `${Math.max(0, (lastLateMs - goesOnMs) / 1000).toFixed(1)} s`,
    lost,
    'connections to the sidecar': await connections(gateway),
  };
}

const connections = async (gateway: EnvoyProcess): Promise<number> =>
  (await clusterCounters(gateway, 'upstream_cx_total')).upstream ?? 0;

interface Tls {
  readonly certificate: string;
  readonly key: string;
}

/** @param sends, accepts mTLS on the way out, and on the way in */
function proxyOf({ to, sends, accepts }: { readonly to: number; readonly sends?: Tls; readonly accepts?: Tls }) {
  const unlimited = 4_294_967_295;
  return {
    static_resources: {
      listeners: [
        {
          name: 'in',
          address: loopback(0),
          filter_chains: [
            {
              filters: [{ name: 'http', typed_config: manager }],
              ...(accepts === undefined ? {} : { transport_socket: transport('Downstream', accepts) }),
            },
          ],
        },
      ],
      clusters: [
        {
          name: 'upstream',
          connect_timeout: '10s',
          // as istiod sends it
          circuit_breakers: {
            thresholds: [
              {
                max_connections: unlimited,
                max_pending_requests: unlimited,
                max_requests: unlimited,
                max_retries: unlimited,
              },
            ],
          },
          load_assignment: {
            cluster_name: 'upstream',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: loopback(to) } }] }],
          },
          ...(sends === undefined ? {} : { transport_socket: transport('Upstream', sends) }),
        },
      ],
    },
  };
}

const TYPES = 'type.googleapis.com/envoy.extensions';
const manager = {
  '@type': `${TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
  stat_prefix: 'in',
  route_config: {
    virtual_hosts: [
      {
        name: 'all',
        domains: ['*'],
        routes: [{ match: { prefix: '/' }, route: { cluster: 'upstream', timeout: '0s' } }],
      },
    ],
  },
  http_filters: [{ name: 'router', typed_config: { '@type': `${TYPES}.filters.http.router.v3.Router` } }],
};

const transport = (side: 'Downstream' | 'Upstream', { certificate, key }: Tls) => ({
  name: 'tls',
  typed_config: {
    '@type': `${TYPES}.transport_sockets.tls.v3.${side}TlsContext`,
    ...(side === 'Downstream' ? { require_client_certificate: true } : {}),
    common_tls_context: {
      tls_certificates: [{ certificate_chain: { inline_string: certificate }, private_key: { inline_string: key } }],
      validation_context: { trusted_ca: { inline_string: certificate } },
    },
  },
});

const rows: object[] = [];
for (const keys of ['rsa-2048', 'p-256'] as const)
  for (const workers of [1, 2]) rows.push(await measure(keys, workers));
console.log(
  `${ratePerSecond} requests/s, time-out ${REQUEST_TIMEOUT_MS / 1000} s; the gateway stood still for ${stopMs / 1000} s and was watched for ${afterMs / 1000} s more.`,
);
console.table(rows);
