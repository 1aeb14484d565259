/** A capacity claim whose load is made of pods. */
import { describe, expect, it } from 'vitest';
import type { VirtualSystem } from '../../capacity/virtual/system.ts';
import { parseObjective } from '../../documents/response-objective.ts';
import { clusterLoad, recorded } from '../../testkit/fakes/cluster-load.ts';
import { createFakeScene, fakeCluster } from '../../testkit/fakes/fake-scene.ts';
import { queueLoad } from '../../testkit/fakes/queue-load.ts';
import { thorough } from '../../testkit/runner/thorough.ts';
import type { CapacityClaim } from './declaration.ts';
import { judgeCapacity } from './judge.ts';

const POOL: VirtualSystem = {
  name: 'pool',
  arrivals: 'poisson',
  limitSeconds: 0.25,
  server: { kind: 'loss', workers: 20, law: 'fixed', meanSeconds: 0.05 },
};
const CLAIM: CapacityClaim = {
  ...{ id: 'shop/capacity', title: 'the shop holds its peak', kind: 'capacity' },
  path: { kind: 'ingress', host: undefined, path: '/', ratePerSecond: 50 },
  objective: parseObjective('p95<250ms'),
  ...{ fromRate: 50, maxRate: 1000, arrivals: 'poisson', seed: 7, generators: 1, budgetSeconds: 1800, peak: undefined },
};
const ALONE = { peak: { ratePerSecond: 100, headroom: 1, alone: true } } as const;

/** @param runners that every load of the run has; the claim may want more */
async function judged(change: Partial<CapacityClaim>, runners = 1) {
  let clock = Date.UTC(2026, 0, 2);
  const tick = () => {
    clock += 10;
    return clock;
  };
  const passed = (ms: number) => {
    clock += ms + 1000;
  };
  const load = recorded(
    clusterLoad((generators) => queueLoad(POOL, { generators, passed }), {
      now: () => clock,
    }),
  );
  const cluster = fakeCluster({
    loadAt: async () => ({ argvPrefix: [], ingressUrl: 'http://10.96.0.80', inCluster: { runners } }),
  });
  const scene = await createFakeScene({ load, cluster, now: tick });
  let opened = 0;
  const result = await judgeCapacity({ ...CLAIM, ...change }, scene, {
    readCpu: () => ({ idle: clock, total: clock * 2 }),
    openFastPath: async () => {
      opened += 1;
      throw new TypeError('no pod reaches a server here');
    },
  });
  return { ...result, load, opened };
}
const detail = ({ claim }: Awaited<ReturnType<typeof judged>>) =>
  claim.details?.find(({ label }) => label === 'generators')?.value;

describe('a capacity claim in a cluster', () => {
  it('has one Job where nothing else is said, and no server of ours to try the generator on', async () => {
    const result = await judged(ALONE);
    expect(result.claim.outcome).toBe('passed');
    expect(detail(result)).toBe('1, a Job of the cluster');
    expect(result.load.requests.map(({ sharedBy }) => sharedBy)).toEqual([undefined]);
    expect(result.opened).toBe(0);
    expect(result.findings?.map(({ code }) => code)).toContain('CAPACITY_GENERATOR_UNMEASURED');
  });

  it.each([
    ['as many as it says', { generators: 3 }, 1, 3],
    ['as many as every load of the run, where it says nothing', {}, 2, 2],
  ])('has %s', async (_, change, runners, count) => {
    const result = await judged({ ...ALONE, ...change }, runners);
    expect(result.claim.outcome).toBe('passed');
    expect(detail(result)).toBe(`${count}, runners of a TestRun of the k6-operator`);
    expect(result.load.requests.map(({ sharedBy, segment }) => [sharedBy, segment])).toEqual([[count, undefined]]);
    expect(result.capacity![0]).toMatchObject({ generators: count, trials: [{ guards: [] }] });
  });

  thorough('has the same bracket from one, two and three', async () => {
    const [one, ...several] = await Promise.all([1, 2, 3].map((generators) => judged({ generators })));
    expect(one!.claim.outcome).toBe('passed');
    for (const { capacity } of several) expect(capacity![0]!.bracket).toEqual(one!.capacity![0]!.bracket);
  });
});
