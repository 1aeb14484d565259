/** Planted pools of workers behind a real Envoy, on the loopback interface. */
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEnvoy } from '../../bench/envoy-process.ts';
import { removeOwnTree } from '../../process/remove-own-tree.ts';
import { startWorkload } from '../data-plane.ts';
import { type EnvoySpec, type LoggedRequest, planeConfig, readLog } from './plane-config.ts';

export interface PlaneSpec {
  /** Name -> behaviour of its one pod; `http://…/NAME/` leads there. */
  readonly pools: Readonly<Record<string, object>>;
  readonly envoy?: EnvoySpec;
}

export interface Plane extends AsyncDisposable {
  urlOf(pool: string): string;
  /** All requests until about a second ago, in the order of their end. */
  log(): Promise<readonly LoggedRequest[]>;
}

/** @throws HarnessError BENCH_PROGRAM */
export async function openPlane(envoyPath: string, { pools, envoy: spec = {} }: PlaneSpec): Promise<Plane> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(path.join(tmpdir(), 'canaryproof-prove-'));
  stack.defer(() => removeOwnTree(directory));
  const ports: Record<string, number> = {};
  for (const [name, behaviour] of Object.entries(pools)) {
    const workload = await startWorkload(name, `planted-${name}`, behaviour);
    stack.defer(workload.stop);
    ports[name] = workload.port;
  }
  const logFile = path.join(directory, 'requests.log');
  const envoy = await startEnvoy(envoyPath, planeConfig(spec, ports, logFile));
  stack.defer(envoy.stop);
  const opened = stack.move();
  return {
    urlOf: (pool) => `http://127.0.0.1:${envoy.port}/${pool}/`,
    log: async () => readLog(await readFile(logFile, 'utf8')),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
