/**
 * The stand-in workload: one HTTP service that says who it is, calls its upstreams, and errs or dawdles on demand.
 * `node main.ts`, or bundled into one file by bundle-workload.ts; Node >= 20 for the bundle.
 *
 * Environment
 *   SERVICE, VERSION      required; its name and version in every answer
 *   POD_NAME              its pod (default: HOSTNAME, then the machine's name)
 *   PORT                  default 9080, or any free one where that is taken; 0 takes a free one. LISTEN_ADDRESS: default
 *                         every address
 *   PORTS                 8080,9090: more ports; the first is the default of PORT
 *   UPSTREAMS             name=http://host:port/path,name=…  called side by side for every traffic request
 *   UPSTREAM_TIMEOUT_MS   default 5000, for the whole answer; calls are never retried
 *   ON_UPSTREAM_FAILURE   fail (default): answer 503; degrade: answer 200 without it. Both name the failed upstream
 *   FLAGS_URL             http://host:port/api of Unleash: each traffic request is answered with what FLAGS (names, by commas)
 *                         are for its user, in -hops. FLAGS_TOKEN_FILE: a client token. FLAGS_USER: header:x-user-id
 *                         (default) or cookie:NAME. FLAGS_REFRESH_MS: default 15000; 0 asks until all of them are known, and
 *                         never again. ON_FLAGS_OUTAGE: keep (default) what was known last, or off
 *   BEHAVIOUR             the first behaviour, as JSON (fields: behaviour-document.ts)
 *   DRAIN_MS              default 4000; how long it serves after SIGTERM. SHUTDOWN_MS: default 5000, bound after that
 *   ADMIN                 on (default) or off: whether /-/ exists
 * Each with the prefix CANARYPROOF_ as well, which goes before. Where CANARYPROOF_SERVICE is set, only those with it are
 * read: the others are of the program that the stand-in stands in for.
 * Endpoints, on every port: HTTP/1.1 and HTTP/2 (prior knowledge), and both in TLS with a certificate of its own
 *   /health /healthz      200 while it runs
 *   /readyz               200, or 503 from SIGTERM on
 *   /metrics              Prometheus text
 *   any path              200 for the kubelet's own probes (user agent kube-probe/…)
 *   grpc.health.v1        Check and Watch: SERVING, or NOT_SERVING from SIGTERM on. Any other gRPC method: traffic, answered
 *                         with the messages that came; an injected or upstream error is UNAVAILABLE (502, 503, 504, 429)
 *                         or INTERNAL
 *   anything else         traffic, such as Bookinfo's /productpage /details/0 /reviews/0 /ratings/0; /-/ is 404
 * and on 127.0.0.1 only, 10000 ports above (admin-port.ts has the exceptions; any free port with PORT=0)
 *   GET /-/behaviour      the behaviour and what was counted since it was set
 *   POST /-/behaviour     replaces it; the next traffic request is number 1. Needs x-canaryproof-token, of at least 16
 *                         characters: the first one given is the only one from then on
 * Every answer, errors included, carries x-canaryproof-service, -version, -pod and -hops (grammar: hops.ts); the JSON body
 * repeats them with method, path, x-request-id, x-forwarded-client-cert and a line per upstream.
 * An injected error is answered without calling upstreams. Injected latency is the time from arrival before which no answer
 * leaves; upstream time counts towards it.
 * SIGTERM: not ready at once; serves for DRAIN_MS and ends each HTTP/1.1 connection older than 0.5 s with
 * `connection: close` on its next answer; then closes the port and idle connections, ends HTTP/2 sessions with GOAWAY,
 * finishes running requests, exits 0. SIGINT: the same without the drain; a second signal: 143 or 130 at once.
 * Exit codes: 0, 2 bad environment, 3 cannot listen; the reason is one line on stderr.
 */
import { hostname } from 'node:os';
import { EXIT, HarnessError } from '../../harness/errors/harness-error.ts';
import { readSettings } from './settings.ts';
import { startWorkload } from './workload.ts';

async function run(): Promise<number> {
  const settings = readSettings(process.env, hostname());
  // Before the port is open: whoever sees it answer may signal.
  const signalled = new Promise<'SIGTERM' | 'SIGINT'>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  const workload = await startWorkload(settings);
  const { service, version, pod } = settings;
  console.log(JSON.stringify({ event: 'listening', service, version, pod, port: workload.port }));
  const signal = await signalled;
  process.once('SIGTERM', () => process.exit(EXIT.terminated));
  process.once('SIGINT', () => process.exit(EXIT.interrupted));
  const drainMs = signal === 'SIGTERM' ? settings.drainMs : 0;
  console.log(JSON.stringify({ event: 'draining', signal, drainMs }));
  const cutConnections = await workload.stop(drainMs, settings.shutdownMs);
  console.log(JSON.stringify({ event: 'stopped', cutConnections }));
  return EXIT.passed;
}

try {
  process.exit(await run());
} catch (error) {
  if (!(error instanceof HarnessError)) throw error;
  const hint = error.hint === undefined ? '' : ` (${error.hint})`;
  console.error(`canaryproof-workload: ${error.code}: ${error.message}${hint}`);
  process.exit(error.exitCode);
}
