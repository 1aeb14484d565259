import { describe, expect, it } from 'vitest';
import type { VirtualSystem } from '../../capacity/virtual/system.ts';
import type { FastPath } from '../../capacity-trials/fast-path.ts';
import { parseObjective } from '../../documents/response-objective.ts';
import { createFakeScene } from '../../testkit/fakes/fake-scene.ts';
import { type QueueLoadOptions, queueLoad } from '../../testkit/fakes/queue-load.ts';
import { fewOf, thorough } from '../../testkit/runner/thorough.ts';
import { type CapacityClaim, capacity } from './declaration.ts';
import { judgeCapacity } from './judge.ts';

/** Twenty workers of 50 ms without a queue: 5 % of Poisson arrivals are refused at 305.0/s. */
const POOL: VirtualSystem = {
  name: 'pool',
  arrivals: 'poisson',
  limitSeconds: 0.25,
  server: { kind: 'loss', workers: 20, law: 'fixed', meanSeconds: 0.05 },
};
const ALONE = 'http://127.0.0.1:2/';
const CLAIM: CapacityClaim = {
  id: 'shop/capacity',
  title: 'the shop holds its peak',
  kind: 'capacity',
  path: { kind: 'ingress', host: undefined, path: '/', ratePerSecond: 50 },
  objective: parseObjective('p95<250ms'),
  fromRate: 50,
  maxRate: 1000,
  arrivals: 'poisson',
  seed: 7,
  generators: 1,
  budgetSeconds: 1800,
  peak: undefined,
};

interface Play {
  readonly claim?: Partial<CapacityClaim>;
  readonly load?: Partial<QueueLoadOptions>;
  readonly onTrial?: (number: number) => void;
  readonly signal?: AbortSignal;
}

async function judge({ claim = {}, load = {}, onTrial, signal }: Play = {}) {
  let clock = Date.UTC(2026, 0, 2);
  let trials = 0;
  let served = 0;
  const alone: FastPath = { url: ALONE, served: () => served, [Symbol.asyncDispose]: async () => undefined };
  const queue = queueLoad(POOL, {
    alone: { url: ALONE, ceiling: 10_000, came: () => (served += 1) },
    passed(ms) {
      clock += ms + 1000;
      trials += 1;
      onTrial?.(trials);
    },
    ...load,
  });
  const scene = await createFakeScene({
    load: queue,
    now: () => (clock += 10),
    ...(signal ? { signal } : {}),
  });
  return {
    queue,
    result: judgeCapacity({ ...CLAIM, ...claim }, scene, {
      readCpu: () => ({ idle: clock, total: clock * 2 }),
      openFastPath: async () => alone,
    }),
  };
}

describe('judgeCapacity', () => {
  it('passes with a bracket that holds the truth, and shows every trial', async () => {
    const { queue, result } = await judge();
    const { claim, capacity: panels, findings } = await result;
    expect(claim.outcome).toBe('passed');
    expect(claim.sentence).toMatch(
      /^Holds p95<250ms up to \d+(\.\d)?\/s to \d+(\.\d)?\/s \(95 %\); both ends were run\.$/,
    );
    const [panel] = panels!;
    expect(panel).toMatchObject({ id: 'shop-capacity', claimId: 'shop/capacity', arrivals: 'poisson', seed: 7 });
    expect(panel!.bracket!.low).toBeLessThan(305);
    expect(panel!.bracket!.high).toBeGreaterThan(305);
    const subject = queue.requests.filter(({ url }) => url !== ALONE);
    expect(queue.requests[0]!.url).toBe(ALONE);
    expect(panel!.trials).toHaveLength(subject.length);
    expect(queue.requests.every(({ url, arrivals }) => url.startsWith('http://') && arrivals?.kind === 'poisson')).toBe(
      true,
    );
    expect(findings).toEqual([]);
  });

  thorough('is undecided when the time of the level of assurance leaves a wider bracket', async () => {
    const { claim } = await (await judge({ claim: { budgetSeconds: undefined } })).result;
    expect(claim.outcome).toBe('inconclusive');
    expect(claim.sentence).toMatch(/wide when the budget was spent: relaxation time .* needs about \d+ min\.$/);
  });

  it.each(
    fewOf(1, [
      ['passes', 150, 'passed'],
      ['fails', 400, 'failed'],
    ]),
  )('%s at a peak of its own', async (_, ratePerSecond, outcome) => {
    const { claim } = await (await judge({ claim: { peak: { ratePerSecond, headroom: 1.5, alone: false } } })).result;
    expect(claim.outcome).toBe(outcome);
    expect(claim.sentence).toContain(`Peak ${ratePerSecond}/s: ×`);
  });

  it.each([
    ['held', 150, 'passed', 'Holds p95<250ms at 225/s (wrong at most once in 1000).'],
    ['not held', 400, 'failed', 'Does not hold p95<250ms at 600/s.'],
  ])('a peak alone is one trial: %s', async (_, ratePerSecond, outcome, sentence) => {
    const { queue, result } = await judge({ claim: { peak: { ratePerSecond, headroom: 1.5, alone: true } } });
    const { claim } = await result;
    expect(claim.outcome).toBe(outcome);
    expect(claim.sentence).toContain(sentence);
    expect(queue.requests.filter(({ phase }) => !phase.startsWith('generator'))).toHaveLength(1);
  });

  it('shares each trial among its generators, and says how many they are', async () => {
    const peak = { ratePerSecond: 100, headroom: 1, alone: true };
    const { queue, result } = await judge({ claim: { generators: 2, peak } });
    const { claim, capacity: panels } = await result;
    expect(claim.outcome).toBe('passed');
    expect(claim.details).toContainEqual({ label: 'generators', value: '2' });
    expect(panels![0]).toMatchObject({ generators: 2, trials: [{ guards: [] }] });
    const parts = queue.requests.filter(({ phase }) => phase.startsWith('holds')).map(({ segment }) => segment);
    expect(parts).toEqual([0, 1].map((index) => ({ index, of: 2 })));
  });

  it('is invalid when the generator loses evidence, and says so', async () => {
    const { claim, findings } = await (await judge({ load: { losesEvery: 10 } })).result;
    expect(claim.outcome).toBe('invalid');
    expect(findings).toMatchObject([{ code: 'CAPACITY_EVIDENCE_LOST', severity: 'error' }]);
  });

  it('ends with a run that is over in the middle of the search', async () => {
    const over = new AbortController();
    const reason = new Error('interrupted');
    const { queue, result } = await judge({
      signal: over.signal,
      onTrial: (number) => number === 4 && over.abort(reason),
    });
    await expect(result).rejects.toBe(reason);
    expect(queue.requests).toHaveLength(4);
  });
});

describe('a capacity claim', () => {
  const resolve = (change: object) => {
    const reported: string[] = [];
    const document = capacity.schema.parse({
      ...{ id: 'shop/capacity', title: 'x', kind: 'capacity', path: { kind: 'ingress', path: '/' }, max: 1000 },
      ...change,
    });
    const context = {
      ...{ home: 'shop', meshed: ['shop'], placed: () => ({ name: '', namespace: '' }), splitOf: () => undefined },
      pathOf: () => CLAIM.path,
      report: (code: string) => void reported.push(code),
    };
    return { claim: capacity.resolve(document, context as never), reported };
  };
  it.each([
    [{ from: 1000 }, 'CAPACITY_RATES'],
    [{ peak: 600, headroom: 2 }, 'CAPACITY_PEAK_ABOVE_MAX'],
    [{ peakAlone: true }, 'CAPACITY_PEAK_MISSING'],
  ])('%o is refused: %s', (change, code) => {
    expect(resolve(change)).toEqual({ claim: undefined, reported: [code] });
  });
  it('more time than four trials is needed, and plan says so before anything starts', () => {
    const plan = (budgetSeconds: number | undefined) =>
      capacity.plan!({ ...CLAIM, budgetSeconds }, { files: [], assurance: 'smoke', ratePerSecond: undefined });
    expect(plan(undefined)).toEqual([
      {
        section: 'Load',
        line: 'shop/capacity ingress: p95<250ms in trials of 30 s, for at most 5 min, until the bracket is 10 % wide',
      },
    ]);
    const several = capacity.plan!(
      { ...CLAIM, budgetSeconds: undefined, generators: 4 },
      { files: [], assurance: 'smoke', ratePerSecond: undefined },
    );
    expect(several[0]!.line).toContain('p95<250ms in trials of 30 s, from 4 generators, for at most 5 min');
    const peak = { ratePerSecond: 150, headroom: 2, alone: true };
    const alone = (budgetSeconds: number) =>
      capacity.plan!({ ...CLAIM, peak, budgetSeconds }, { files: [], assurance: 'smoke', ratePerSecond: undefined });
    expect(alone(700)[0]!.line).toBe(
      'shop/capacity ingress: p95<250ms at 300/s in one trial of at most 640 s, looked at after 20 s, 40 s and so on',
    );
    expect(() => alone(10)).toThrow(expect.objectContaining({ code: 'CAPACITY_BUDGET' }));
    expect(() => plan(60)).toThrow(expect.objectContaining({ code: 'CAPACITY_BUDGET' }));
  });
  it.each(['p95', 'p95<500', 'p95<1ms', 'p0<500ms'])('its objective is no %s', (objective) => {
    expect(() => resolve({ objective })).toThrow(/objective|limit|unit|allows/);
  });
});
