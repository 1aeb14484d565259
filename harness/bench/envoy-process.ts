/** A real Envoy from a configuration document: started, awaited until its listeners are there, asked, ended. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { environmentError } from '../errors/harness-error.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { processMs } from '../testkit/processor-time.ts';

export interface EnvoyProcess {
  /** Port of its first listener. */
  readonly port: number;
  /** Base URL of its admin interface. */
  readonly adminUrl: string;
  /** Processor time that it has used, in ms. */
  cpuMs(): number;
  /** JSON from it. */
  ask(pathAndQuery: string): Promise<unknown>;
  stop(): Promise<void>;
}

const START_BOUND_MS = 15_000;

export async function startEnvoy(envoyPath: string, config: object): Promise<EnvoyProcess> {
  const directory = await mkdtemp(path.join(tmpdir(), 'canaryproof-bench-'));
  const configFile = path.join(directory, 'envoy.json');
  const adminFile = path.join(directory, 'admin');
  await writeFile(configFile, JSON.stringify({ admin: { address: loopback(0) }, ...config }));
  const envoy = execa(
    envoyPath,
    [
      '-c',
      configFile,
      '--use-dynamic-base-id',
      '--concurrency',
      '1',
      '--log-level',
      'error',
      '--admin-address-path',
      adminFile,
      // as Istio's agent starts it
      '--file-flush-interval-msec',
      '1000',
    ],
    { reject: false, stdin: 'ignore', stdout: 'ignore', stderr: 'inherit' },
  );
  const stop = async (): Promise<void> => {
    envoy.kill('SIGKILL');
    await envoy;
    await removeOwnTree(directory);
  };
  try {
    const admin = await waitFor('Envoy listens for its administrator', () =>
      existsSync(adminFile) ? readFileSync(adminFile, 'utf8').trim() || undefined : undefined,
    );
    const adminUrl = `http://${admin}`;
    const ask = async (pathAndQuery: string): Promise<unknown> => (await fetch(adminUrl + pathAndQuery)).json();
    const port = await waitFor('Envoy listens', async () => {
      const { listener_statuses } = (await ask('/listeners?format=json')) as ListenerList;
      return listener_statuses?.[0]?.local_address.socket_address.port_value;
    });
    const cpuMs = (): number => processMs(readFileSync(`/proc/${envoy.pid}/stat`, 'utf8')) ?? Number.NaN;
    return { port, adminUrl, ask, stop, cpuMs };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface ListenerList {
  readonly listener_statuses?: readonly { local_address: { socket_address: { port_value: number } } }[];
}

/** Looks every 50 ms; a look that throws has found nothing yet. @throws HarnessError BENCH_PROGRAM after 15 s */
export async function waitFor<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = performance.now() + START_BOUND_MS;
  while (performance.now() < deadline) {
    const found = await Promise.resolve()
      .then(look)
      .catch(() => undefined);
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw environmentError('BENCH_PROGRAM', `not in time: ${what}`);
}

/** Cluster name -> one of Envoy's own counters of it, such as `upstream_rq_total`. */
export async function clusterCounters(envoy: EnvoyProcess, counter: string): Promise<Record<string, number>> {
  const { stats } = (await envoy.ask(`/stats?format=json&filter=${counter}$`)) as {
    readonly stats: readonly { readonly name?: string; readonly value?: number }[];
  };
  const pattern = new RegExp(`^cluster\\.(.+)\\.${counter}$`);
  return Object.fromEntries(
    stats.flatMap(({ name, value }) => {
      const cluster = pattern.exec(name ?? '')?.[1];
      return cluster === undefined ? [] : [[cluster, value ?? 0] as const];
    }),
  );
}

export function loopback(port: number) {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}

const TYPES = 'type.googleapis.com/envoy.extensions';

/** Every request goes one way. */
export function httpManager(route: object) {
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type': `${TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: 'ingress',
      route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route }] }] },
      http_filters: [
        {
          name: 'envoy.filters.http.router',
          typed_config: { '@type': `${TYPES}.filters.http.router.v3.Router` },
        },
      ],
    },
  };
}

/** Of one endpoint on the loopback. */
export function loopbackCluster(name: string, port: number) {
  return {
    name,
    type: 'STATIC',
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: loopback(port) } }] }],
    },
  };
}
