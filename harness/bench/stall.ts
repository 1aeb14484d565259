/**
 * Puts two Envoys under the stress of ARCHITECTURE, decision 53: k6 (open loop) -> gateway -> mTLS -> sidecar -> answering server. For a
 * while other programs take every processor; how long after that do answers come in time again? With the queues that a
 * listener may have and with the keys that a mesh may have, one after the other.
 *
 *   npm run bench -- stall [--rate 400] [--busy 15] [--others 16] [--after 45]    (requests/s, seconds, programs, seconds)
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { createK6Runner } from '../load/k6/k6-runner.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { programFrom, startListening } from './child-program.ts';
import {
  clusterCounters,
  type EnvoyProcess,
  httpManager,
  loopback,
  loopbackCluster,
  startEnvoy,
} from './envoy-process.ts';
import { type KeyKind, meshCertificate } from './mesh-certificate.ts';

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '400' },
    busy: { type: 'string', default: '15' },
    others: { type: 'string', default: '16' },
    after: { type: 'string', default: '45' },
  },
});
const ratePerSecond = Number(values.rate);
const busyMs = Number(values.busy) * 1000;
const others = Number(values.others);
const afterMs = Number(values.after) * 1000;
const BEFORE_MS = 5_000;
const REQUEST_TIMEOUT_MS = 5_000;
const IN_TIME_MS = 1_000;

const k6Path = await programFrom('CANARYPROOF_K6', 'k6');
const envoyPath = await programFrom('CANARYPROOF_ENVOY', 'envoy');
async function measure(keyKind: KeyKind, backlog: number): Promise<object> {
  await using cleanup = new AsyncDisposableStack();
  const directory = await mkdtemp(path.join(tmpdir(), 'canaryproof-bench-'));
  cleanup.defer(() => removeOwnTree(directory));
  const server = await startListening(
    [process.execPath, fileURLToPath(new URL('answering-server.ts', import.meta.url))],
    {},
  );
  cleanup.defer(() => server.stop());
  const tls = meshCertificate(keyKind);
  const sidecar = await startEnvoy(envoyPath, proxyOf({ to: server.port, backlog, accepts: tls }));
  cleanup.defer(() => sidecar.stop());
  const gateway = await startEnvoy(envoyPath, proxyOf({ to: sidecar.port, backlog, sends: tls }));
  cleanup.defer(() => gateway.stop());
  const goesOnMs = Date.now() + BEFORE_MS + busyMs;
  const timer = setTimeout(() => {
    for (let one = 0; one < others; one++) cleanup.use(busyProgram(busyMs));
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
      maxDurationMs: BEFORE_MS + busyMs + afterMs,
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
    new AbortController().signal,
  );
  const lastLateMs = late.reduce((last, atMs) => Math.max(last, atMs), 0);
  return {
    keys: keyKind,
    'connections queue': backlog,
    'requests late until, after the others had ended': `${Math.max(0, (lastLateMs - goesOnMs) / 1000).toFixed(1)} s`,
    lost,
    'connections to the sidecar': await connections(gateway),
  };
}

/** Takes as much of a processor as it gets. */
function busyProgram(forMs: number): Disposable {
  const child = execa(process.execPath, ['-e', `const end = Date.now() + ${forMs}; while (Date.now() < end);`], {
    reject: false,
    stdio: 'ignore',
  });
  return { [Symbol.dispose]: () => void child.kill('SIGKILL') };
}

const connections = async (gateway: EnvoyProcess): Promise<number> =>
  (await clusterCounters(gateway, 'upstream_cx_total')).upstream ?? 0;

interface Tls {
  readonly certificate: string;
  readonly key: string;
}

interface ProxyPlan {
  readonly to: number;
  /** Connections that wait to be accepted. */
  readonly backlog: number;
  /** mTLS on the way out, and on the way in. */
  readonly sends?: Tls;
  readonly accepts?: Tls;
}

function proxyOf({ to, backlog, sends, accepts }: ProxyPlan) {
  const unlimited = 4_294_967_295;
  return {
    static_resources: {
      listeners: [
        {
          name: 'in',
          address: loopback(0),
          tcp_backlog_size: backlog,
          filter_chains: [
            {
              filters: [httpManager({ cluster: 'upstream', timeout: '0s' })],
              ...(accepts === undefined ? {} : { transport_socket: transport('Downstream', accepts) }),
            },
          ],
        },
      ],
      clusters: [
        {
          ...loopbackCluster('upstream', to),
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
          ...(sends === undefined ? {} : { transport_socket: transport('Upstream', sends) }),
        },
      ],
    },
  };
}

const transport = (side: 'Downstream' | 'Upstream', { certificate, key }: Tls) => ({
  name: 'tls',
  typed_config: {
    '@type': `type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.${side}TlsContext`,
    ...(side === 'Downstream' ? { require_client_certificate: true } : {}),
    common_tls_context: {
      tls_certificates: [{ certificate_chain: { inline_string: certificate }, private_key: { inline_string: key } }],
      validation_context: { trusted_ca: { inline_string: certificate } },
    },
  },
});

const rows: object[] = [];
for (const backlog of [4096, 512])
  for (const keys of ['rsa-2048', 'p-256'] as const) rows.push(await measure(keys, backlog));
console.log(
  `${ratePerSecond} requests/s, time-out ${REQUEST_TIMEOUT_MS / 1000} s; ${others} other programs took every processor for ${busyMs / 1000} s, and ${afterMs / 1000} s more were watched.`,
);
console.table(rows);
