/** A data plane under test: stand-in workloads behind one or several Envoys, on the loopback interface. */
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ChildProgram, startListening } from '../bench/child-program.ts';
import { startEnvoy } from '../bench/envoy-process.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { type LiveProxy, startProxy } from './proxy.ts';
import { type ClusterSpec, connectionBalancerConfig, type ProxySpec, type RouteAction } from './proxy-config.ts';

export const STABLE = 'v1';
export const CANARY = 'v3';
export const SERVICE = 'reviews';

export interface DataPlaneSpec {
  /** One proxy for each; behind a balancer of connections when there are several. */
  readonly routes: readonly RouteAction[];
  /** Behaviour document of the stand-in; default: answers at once, without an error. */
  readonly stable?: object;
  readonly canary?: object;
  readonly stablePods?: number;
  /** Default: one cluster for each version. */
  readonly clusters?: (ports: Readonly<Record<'v1' | 'v3', readonly number[]>>) => readonly ClusterSpec[];
  readonly proxy?: Pick<ProxySpec, 'lua' | 'namesConnections'>;
}

export interface DataPlane {
  readonly url: string;
  readonly proxies: readonly LiveProxy[];
  stop(): Promise<void>;
}

export async function startDataPlane(envoyPath: string, spec: DataPlaneSpec): Promise<DataPlane> {
  const directory = await mkdtemp(path.join(tmpdir(), 'canaryproof-prove-'));
  const stops: (() => Promise<void>)[] = [() => removeOwnTree(directory)];
  const stop = async (): Promise<void> => {
    for (const one of stops.toReversed()) await one();
  };
  const startPod = async (version: string, behaviour: object | undefined, pod: number): Promise<number> => {
    const workload = await startWorkload(version, `${SERVICE}-${version}-${pod}`, behaviour);
    stops.push(workload.stop);
    return workload.port;
  };
  try {
    const v1: number[] = [];
    for (let pod = 0; pod < (spec.stablePods ?? 1); pod += 1) v1.push(await startPod(STABLE, spec.stable, pod));
    const v3 = [await startPod(CANARY, spec.canary, 0)];
    const clusters = spec.clusters?.({ v1, v3 }) ?? [
      { subset: STABLE, endpoints: v1.map((port) => ({ port })) },
      { subset: CANARY, endpoints: v3.map((port) => ({ port })) },
    ];
    const proxies: LiveProxy[] = [];
    for (const [index, route] of spec.routes.entries()) {
      const own = path.join(directory, String(index));
      await mkdir(own);
      const proxy = await startProxy(envoyPath, `proxy-${index + 1}`, own, { clusters, ...spec.proxy }, route);
      stops.push(proxy.stop);
      proxies.push(proxy);
    }
    let port = proxies[0]!.port;
    if (proxies.length > 1) {
      const balancer = await startEnvoy(envoyPath, connectionBalancerConfig(proxies.map((proxy) => proxy.port)));
      stops.push(balancer.stop);
      port = balancer.port;
    }
    return { url: `http://127.0.0.1:${port}/reviews/0`, proxies, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export function startWorkload(version: string, pod: string, behaviour: object | undefined): Promise<ChildProgram> {
  return startListening([process.execPath, fileURLToPath(new URL('../../k8s/workload/main.ts', import.meta.url))], {
    SERVICE,
    VERSION: version,
    POD_NAME: pod,
    PORT: '0',
    LISTEN_ADDRESS: '127.0.0.1',
    ADMIN: 'off',
    ...(behaviour === undefined ? {} : { BEHAVIOUR: JSON.stringify(behaviour) }),
  });
}
