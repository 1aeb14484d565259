/**
 * What the ingress gateway itself says of requests that went wrong: an access log of errors and response flags only, so
 * that it costs nothing while all is well. Installed for the claims that account for every request, removed afterwards.
 */
import type { KubeObject } from '../../k8s/client/object.ts';
import { GATEWAY_ERROR_LOG } from '../documents/shared-places.ts';
import { environmentError } from '../errors/harness-error.ts';
import { statusOfHost } from '../evidence/ask-host.ts';
import { gatewayLabels, labelSelector } from '../evidence/ingress-gateway.ts';
import type { Scene } from '../scene/scene.ts';

export interface GatewayError {
  /** Start of the request, Unix milliseconds. */
  readonly atMs: number;
  /** 0 when nothing was sent back. */
  readonly status: number;
  /** Envoy's response flags, such as UH or UF,URX; empty when there are none. */
  readonly flags: string;
  readonly details: string;
  /** `outbound|80|canary|host`, empty when no cluster was chosen. */
  readonly cluster: string;
  /** Whether the application answered and named itself. */
  readonly named: boolean;
}

export interface GatewayLog {
  /** Errors of one host that began at or after a time, oldest first. */
  errors(host: string, sinceMs: number): Promise<readonly GatewayError[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Changes what the gateway does for everybody who uses it: it writes their errors to its log, too. */
const { namespace: NAMESPACE, name: NAME } = GATEWAY_ERROR_LOG;
const FILTERS = { apiVersion: 'networking.istio.io/v1alpha3', resource: 'envoyfilters', namespace: NAMESPACE } as const;
const CONNECTION_MANAGER = 'envoy.filters.network.http_connection_manager';
const API = 'type.googleapis.com/envoy.extensions';
const READY_MS = 30_000;
const AGAIN_MS = 250;
/** Asked for to see the log at work, and logged whatever becomes of it: a route of hosts `*` answers for it, too. */
const NOBODYS_DOMAIN = '.canaryproof.test';
/** Envoy writes its log once a second. */
const FLUSH_MS = 1_500;

const format = {
  canaryproof: 'error',
  at: '%START_TIME(%s.%3f)%',
  host: '%REQ(:AUTHORITY)%',
  status: '%RESPONSE_CODE%',
  flags: '%RESPONSE_FLAGS%',
  details: '%RESPONSE_CODE_DETAILS%',
  cluster: '%UPSTREAM_CLUSTER_RAW%',
  hops: '%RESP(X-CANARYPROOF-HOPS)%',
};

function envoyFilter(gateway: Readonly<Record<string, string>>): KubeObject {
  const atLeast500 = {
    status_code_filter: {
      comparison: { op: 'GE', value: { default_value: 500, runtime_key: 'canaryproof.error_status' } },
    },
  };
  const toNobody = { header_filter: { header: { name: ':authority', string_match: { suffix: NOBODYS_DOMAIN } } } };
  const log = {
    name: 'envoy.access_loggers.file',
    filter: { or_filter: { filters: [atLeast500, { response_flag_filter: {} }, toNobody] } },
    typed_config: {
      '@type': `${API}.access_loggers.file.v3.FileAccessLog`,
      path: '/dev/stdout',
      log_format: { json_format: format },
    },
  };
  const match = { context: 'GATEWAY', listener: { filterChain: { filter: { name: CONNECTION_MANAGER } } } };
  const value = {
    typed_config: {
      '@type': `${API}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
      access_log: [log],
    },
  };
  return {
    apiVersion: FILTERS.apiVersion,
    kind: 'EnvoyFilter',
    metadata: { name: NAME, namespace: NAMESPACE },
    spec: {
      workloadSelector: { labels: gateway },
      configPatches: [{ applyTo: 'NETWORK_FILTER', match, patch: { operation: 'MERGE', value } }],
    },
  };
}

/**
 * One filter for all claims that are judged at the same time: the first brings it, the last takes it away.
 * @throws HarnessError GATEWAY_LOG_SILENT when no error ever shows in the log
 */
export async function openGatewayLog(scene: Scene): Promise<GatewayLog> {
  const shared = scene.once(openGatewayLog, (): SharedLog => ({ users: 0, opened: undefined }));
  shared.users += 1;
  shared.opened ??= installGatewayLog(scene);
  const { opened } = shared;
  const leave = () => {
    shared.users -= 1;
    if (shared.users === 0) shared.opened = undefined;
    return shared.users === 0;
  };
  try {
    const log = await opened;
    return {
      errors: log.errors,
      async [Symbol.asyncDispose]() {
        if (leave()) await log[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    leave();
    throw error;
  }
}

interface SharedLog {
  users: number;
  opened: Promise<GatewayLog> | undefined;
}

async function installGatewayLog(scene: Scene): Promise<GatewayLog> {
  const { client } = scene;
  const gateway = await gatewayLabels(client);
  const selector = labelSelector(gateway);
  await client.apply([envoyFilter(gateway)]);
  const log: GatewayLog = {
    async errors(host, sinceMs) {
      await scene.pause(FLUSH_MS);
      return (await readErrors(scene, selector, sinceMs))
        .filter((entry) => entry.host === host)
        .map(({ host: _, ...error }) => error);
    },
    async [Symbol.asyncDispose]() {
      await client.delete(FILTERS, NAME);
    },
  };
  try {
    await awaitLog(scene, selector);
    return log;
  } catch (error) {
    await log[Symbol.asyncDispose]();
    throw error;
  }
}

/** A request to a host that nobody declares must show up: then the gateway has the filter, and its log can be read. */
async function awaitLog(scene: Scene, selector: string): Promise<void> {
  const base = scene.cluster.ingressUrl;
  if (base === undefined) return;
  const startedMs = scene.now();
  const host = `nobody-${startedMs}${NOBODYS_DOMAIN}`;
  while (scene.now() - startedMs < READY_MS) {
    scene.signal.throwIfAborted();
    await statusOfHost(base, host, '/', undefined, scene.signal);
    await scene.pause(AGAIN_MS);
    if ((await readErrors(scene, selector, startedMs)).some((entry) => entry.host === host)) return;
  }
  throw environmentError('GATEWAY_LOG_SILENT', 'the ingress gateway does not log a request that it was told to log', {
    where: `${NAMESPACE}, pods with ${selector}`,
    hint: 'Look at the EnvoyFilter and whether the gateway accepted it.',
  });
}

async function readErrors(
  scene: Scene,
  selector: string,
  sinceMs: number,
): Promise<(GatewayError & { readonly host: string })[]> {
  const pods = await scene.client.list({ apiVersion: 'v1', resource: 'pods', namespace: NAMESPACE }, selector);
  const seconds = Math.ceil((scene.now() - sinceMs) / 1000) + 2;
  const logs = await Promise.all(
    pods.map(({ metadata: { name } }) =>
      scene.client.getText(
        `/api/v1/namespaces/${NAMESPACE}/pods/${name}/log?container=istio-proxy&sinceSeconds=${seconds}`,
      ),
    ),
  );
  return logs
    .flatMap((text) => text.split('\n'))
    .flatMap((line) => parseError(line) ?? [])
    .filter(({ atMs }) => atMs >= sinceMs)
    .sort((a, b) => a.atMs - b.atMs);
}

/** One line of the gateway's log; undefined when it is not one of ours. */
export function parseError(line: string): (GatewayError & { readonly host: string }) | undefined {
  if (!line.startsWith('{') || !line.includes('"canaryproof"')) return undefined;
  let entry: Readonly<Record<string, unknown>>;
  try {
    entry = JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
  if (entry.canaryproof !== 'error') return undefined;
  const text = (name: string) => (typeof entry[name] === 'string' && entry[name] !== '-' ? entry[name] : '');
  return {
    atMs: Math.round(Number(entry.at) * 1000),
    status: Number(entry.status) || 0,
    flags: text('flags'),
    details: text('details'),
    cluster: text('cluster'),
    named: text('hops') !== '',
    host: text('host'),
  };
}
