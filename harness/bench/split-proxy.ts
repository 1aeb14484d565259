/** A real Envoy with one weighted route over two upstreams, from a static configuration. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { environmentError } from '../errors/harness-error.ts';

export interface WeightedUpstream {
  readonly name: string;
  readonly port: number;
  readonly weight: number;
}

export interface SplitProxy {
  readonly port: number;
  /** Requests that Envoy sent to each upstream, by its own counters. */
  requestsByUpstream(): Promise<Readonly<Record<string, number>>>;
  stop(): Promise<void>;
}

const START_BOUND_MS = 15_000;

export async function startSplitProxy(envoyPath: string, upstreams: readonly WeightedUpstream[]): Promise<SplitProxy> {
  const directory = await mkdtemp(path.join(tmpdir(), 'canaryproof-bench-'));
  const configFile = path.join(directory, 'envoy.json');
  const adminFile = path.join(directory, 'admin');
  await writeFile(configFile, JSON.stringify(envoyConfig(upstreams)));
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
    ],
    { reject: false, stdin: 'ignore', stdout: 'ignore', stderr: 'inherit' },
  );
  const stop = async (): Promise<void> => {
    envoy.kill('SIGKILL');
    await envoy;
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const admin = await waitFor(() =>
      existsSync(adminFile) ? readFileSync(adminFile, 'utf8').trim() || undefined : undefined,
    );
    const port = await waitFor(async () => {
      const { listener_statuses } = (await fromAdmin(admin, '/listeners?format=json')) as ListenerList;
      return listener_statuses?.[0]?.local_address.socket_address.port_value;
    });
    return { port, stop, requestsByUpstream: () => requestsByUpstream(admin) };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface ListenerList {
  readonly listener_statuses?: readonly { local_address: { socket_address: { port_value: number } } }[];
}

async function fromAdmin(admin: string, pathAndQuery: string): Promise<unknown> {
  const response = await fetch(`http://${admin}${pathAndQuery}`);
  return response.json();
}

async function requestsByUpstream(admin: string): Promise<Record<string, number>> {
  const { stats } = (await fromAdmin(admin, '/stats?format=json&filter=upstream_rq_total$')) as {
    readonly stats: readonly { readonly name?: string; readonly value?: number }[];
  };
  return Object.fromEntries(
    stats.flatMap(({ name, value }) => {
      const cluster = /^cluster\.(.+)\.upstream_rq_total$/.exec(name ?? '')?.[1];
      return cluster === undefined ? [] : [[cluster, value ?? 0] as const];
    }),
  );
}

async function waitFor<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = performance.now() + START_BOUND_MS;
  while (performance.now() < deadline) {
    const found = await Promise.resolve(look()).catch(() => undefined);
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw environmentError('BENCH_PROGRAM', 'Envoy did not listen in time');
}

const LOOPBACK = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } });

function envoyConfig(upstreams: readonly WeightedUpstream[]): object {
  const manager = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'ingress',
    route_config: {
      virtual_hosts: [
        {
          name: 'all',
          domains: ['*'],
          routes: [
            {
              match: { prefix: '/' },
              route: { weighted_clusters: { clusters: upstreams.map(({ name, weight }) => ({ name, weight })) } },
            },
          ],
        },
      ],
    },
    http_filters: [
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
      },
    ],
  };
  return {
    admin: { address: LOOPBACK(0) },
    static_resources: {
      listeners: [
        {
          address: LOOPBACK(0),
          filter_chains: [
            { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] },
          ],
        },
      ],
      clusters: upstreams.map(({ name, port }) => ({
        name,
        type: 'STATIC',
        load_assignment: {
          cluster_name: name,
          endpoints: [{ lb_endpoints: [{ endpoint: { address: LOOPBACK(port) } }] }],
        },
      })),
    },
  };
}
