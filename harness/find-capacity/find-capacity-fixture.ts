/** What the quick and the thorough tests of find-capacity share. */

import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeEach } from 'vitest';
import { renderAll } from '../../reports/all-writers.ts';
import { CAPACITY_ASSURANCE } from '../capacity/search/search-settings.ts';
import type { VirtualSystem } from '../capacity/virtual/system.ts';
import { parseObjective } from '../documents/response-objective.ts';
import { type QueueLoadOptions, queueLoad } from '../testkit/fakes/queue-load.ts';
import { createSilentProgress } from '../testkit/fakes/silent-progress.ts';
import { type CapacityPorts, findCapacity } from './find-capacity.ts';
import type { CapacityInput } from './input.ts';

/** Twenty workers of 50 ms without a queue: 5 % of Poisson arrivals are refused at 305.0/s, of paced ones none below 400/s. */
export const POOL: VirtualSystem = {
  name: 'pool',
  arrivals: 'poisson',
  limitSeconds: 0.25,
  server: { kind: 'loss', workers: 20, law: 'fixed', meanSeconds: 0.05 },
};

const ALONE = 'http://127.0.0.1:2/';

export let runs: string;

export function scene(
  change: {
    input?: Partial<CapacityInput>;
    ports?: Partial<CapacityPorts>;
    load?: Partial<QueueLoadOptions>;
    system?: VirtualSystem;
    /** What the generator carries alone, requests per second. */
    ceiling?: number;
  } = {},
) {
  let clock = Date.UTC(2026, 0, 2);
  let served = 0;
  const load = queueLoad(change.system ?? POOL, {
    passed: (ms) => (clock += ms + 1000),
    alone: { url: ALONE, ceiling: change.ceiling ?? Infinity, came: () => (served += 1) },
    ...change.load,
  });
  const progress = createSilentProgress();
  const input: CapacityInput = {
    ...CAPACITY_ASSURANCE.smoke,
    url: 'http://127.0.0.1:1/',
    target: { url: 'http://127.0.0.1:1/', headers: {} },
    hide: (text) => text,
    method: 'GET',
    objective: parseObjective('p95<250ms'),
    fromRate: 50,
    maxRate: 10_000,
    arrivals: 'poisson',
    seed: 7,
    peak: undefined,
    argvPrefix: [],
    runsDirectory: runs,
    command: ['canaryproof', 'capacity'],
    reproduce: 'canaryproof capacity',
    host: { system: 'test', cpus: 2, memoryBytes: 1 },
    ...change.input,
  };
  const ports: CapacityPorts = {
    probe: async () => ({ status: 200, durationMs: 50 }),
    prepareGenerator: async () => ({
      component: { name: 'k6', version: 'v2.2.0', origin: 'a test' },
      createRunner: () => load,
    }),
    readCpu: () => ({ idle: clock, total: clock * 2 }),
    openFastPath: async () => ({ url: ALONE, served: () => served, [Symbol.asyncDispose]: async () => undefined }),
    render: renderAll,
    progress,
    ownComponent: { name: 'canaryproof', version: '0.0.0', origin: 'a test' },
    now: () => (clock += 10),
    ...change.ports,
  };
  const controller = new AbortController();
  return { load, progress, controller, run: () => findCapacity(input, ports, controller.signal) };
}

/** Called once by each file of tests: makes what they need, in a folder that goes with the run. */
export function searchesOfQueues(): void {
  beforeEach(async () => {
    runs = path.join(await mkdtemp(path.join(os.tmpdir(), 'canaryproof-capacity-')), 'runs');
  });
}
