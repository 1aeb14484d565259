import { describe, expect, it } from 'vitest';
import type { VirtualSystem } from '../capacity/virtual/system.ts';
import { parseObjective } from '../documents/response-objective.ts';
import { type ClusterLoadOptions, clusterLoad, recorded } from '../testkit/fakes/cluster-load.ts';
import { queueLoad } from '../testkit/fakes/queue-load.ts';
import { clusterGenerators } from './cluster-generators.ts';
import { NO_LOOKS, runTrial } from './run-trial.ts';

/** Twenty workers of 50 ms without a queue: at 320/s some 6 % are refused. */
const POOL: VirtualSystem = {
  name: 'pool',
  arrivals: 'poisson',
  limitSeconds: 0.25,
  server: { kind: 'loss', workers: 20, law: 'fixed', meanSeconds: 0.05 },
};

function cluster(count: number, options: Partial<ClusterLoadOptions> = {}, drops?: (slot: number) => boolean) {
  const now = () => 1_800_000_000_000;
  const one = recorded(
    clusterLoad((generators) => queueLoad(POOL, { generators, ...(drops ? { drops } : {}), passed: () => undefined }), {
      now,
      ...options,
    }),
  );
  const load = clusterGenerators(one, count, now);
  const trial = () =>
    runTrial(
      {
        ...{ phase: 'pool-320', ratePerSecond: 320, seconds: 8, looks: NO_LOOKS, arrivals: 'poisson', seed: 5 },
        objective: parseObjective('p95<250ms'),
        target: { url: 'http://127.0.0.1:1/', headers: {}, hosts: {} },
        argvPrefix: [],
      },
      { load, readCpu: () => ({ idle: 1, total: 1 }), live: () => undefined },
      new AbortController().signal,
    );
  return { one, load, trial };
}

describe('generators in a cluster', () => {
  it('are asked for by one request: so many share it, with as many users each, and begin by the clock', async () => {
    const { one, load, trial } = cluster(3);
    await trial();
    expect(load.generators).toBe(3);
    const [request] = one.requests;
    expect(request).toMatchObject({ phase: 'pool-320', sharedBy: 3 });
    expect(request!.segment).toBeUndefined();
    expect(request!.preAllocatedVus % 3).toBe(0);
    expect(request!.arrivals!.start!.atMs - 1_800_000_000_000).toBe(20_000);
  });

  it('one is left as it is', async () => {
    const { one, load } = cluster(1);
    expect(load).toBe(one);
  });

  it('give the bins of one, whatever their number and in whatever order their lines come', async () => {
    const { recorded: alone, guards } = await cluster(1).trial();
    expect(guards).toEqual([]);
    const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
    expect(sum(alone.bins.bad) / sum(alone.bins.arrivals)).toBeGreaterThan(0.03);
    for (const count of [2, 3]) {
      const several = await cluster(count, { batch: 40 }).trial();
      expect(several.guards).toEqual([]);
      expect(several.load.sharedAs).toBe('TestRun');
      expect(several.recorded).toEqual(alone);
    }
  });

  it('one of three that dropped iterations is told from the others', async () => {
    const drops = (slot: number) => slot % 3 === 1 && slot > 1500 && slot < 1600;
    const { recorded: seen, load, guards } = await cluster(3, {}, drops).trial();
    expect(load.generators!.map(({ droppedIterations }) => droppedIterations)).toEqual([0, 33, 0]);
    expect(seen.droppedFree).toBeGreaterThan(0);
    expect(guards).toContain('CAPACITY_DROPPED');
  });

  it('that begin seconds apart send late, and the trial says nothing', async () => {
    const { guards } = await cluster(3, { beginsMs: [0, 0, 3000] }).trial();
    expect(guards).toEqual(['CAPACITY_LATE']);
  });

  it.each([
    [[0, 0, 999], []],
    [[0, 1001, 0], ['CAPACITY_GENERATORS_APART']],
    // against ours they may be as wrong as they like
    [[-60_000, -60_000, -60_000], []],
  ])('whose clocks are ahead by %j ms: %j', async (aheadMs, guards) => {
    expect((await cluster(3, { aheadMs }).trial()).guards).toEqual(guards);
  });

  it('that dies spoils the trial', async () => {
    const { guards, load } = await cluster(2, { died: { runner: 1, code: 'K6_EXIT_137' } }).trial();
    expect(guards).toContain('CAPACITY_GENERATOR_DIED');
    expect(load.generators![1]).toEqual({ sent: 0, droppedIterations: 0, died: 'K6_EXIT_137' });
  });

  it.each([
    [8_000, 12_050],
    [70_000, 50_000],
  ])('that took %i ms to be ready get %i ms the next time', async (readyMs, nextMs) => {
    const { one, trial } = cluster(2, { readyMs });
    for (let time = 0; time < 2; time += 1) await trial();
    expect(one.requests.map(({ arrivals }) => arrivals!.start!.atMs - 1_800_000_000_000)).toEqual([20_000, nextMs]);
  });
});
