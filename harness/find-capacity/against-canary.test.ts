import { expect, it } from 'vitest';
import { exitCodeOf } from '../cli/talk/run-output.ts';
import { environmentError } from '../errors/harness-error.ts';
import { thorough } from '../testkit/runner/thorough.ts';
import { POOL, scene, searchesOfQueues } from './find-capacity-fixture.ts';

searchesOfQueues();

const CANARY = 'http://127.0.0.1:4/';
/** Sixteen workers in the place of twenty hold 0.757 of it. */
const SIXTEEN = { ...POOL, server: { ...POOL.server, workers: 16 } } as typeof POOL;
/** Held wherever it is tried, which ends a search early. */
const LOW = { input: { maxRate: 60 } };
const asked = (system: typeof POOL, change: Parameters<typeof scene>[0] = {}, both = false) =>
  scene({
    ...change,
    input: { against: { url: CANARY, target: { url: CANARY, headers: {} }, both }, ...change.input },
    load: { other: { url: CANARY, system }, ...change.load },
  });

/** In the order stable, canary, canary, stable; both of a pair get the same arrivals, and each pair others. */
function expectPairs({ load }: ReturnType<typeof scene>): void {
  const sent = load.requests.filter(({ phase }) => phase.startsWith('against'));
  expect(sent.map(({ url }) => url === CANARY)).toEqual([false, true, true, false]);
  const [first, second, third, fourth] = sent.map(({ arrivals }) => arrivals!.seed);
  expect([second, third]).toEqual([first, fourth]);
  expect(first).not.toBe(fourth);
}

thorough(
  'equal ones: not worse, from pairs of the same arrivals in the order stable, canary, canary, stable',
  async () => {
    const one = asked(POOL, { input: { budgetSeconds: 1800 } });
    const { report, files } = await one.run();
    const [capacity, ...more] = report.capacity!;
    expect(more).toEqual([]);
    const { against, bracket } = capacity!;
    expect(against!.ratePerSecond).toBeCloseTo(0.8 * bracket!.low!, 9);
    expect(against!.trials.map(({ arm }) => arm)).toEqual(['stable', 'canary', 'canary', 'stable']);
    expectPairs(one);
    expect(against!.share!.difference).toMatchObject({ value: 0 });
    expect(report).toMatchObject({ outcome: 'passed', findings: [] });
    expect(report.headline).toMatch(/The canary has at most \+[\d.]+ points more bad answers than stable: at 2\d\d/);
    expect(String(files.get('report.html'))).toContain('Canary http://127.0.0.1:4/ against stable at 2');
  },
);

it('one with fewer workers is worse, and fails the run', async () => {
  const one = asked(SIXTEEN);
  const product = await one.run();
  expectPairs(one);
  expect(product.report.outcome).toBe('failed');
  expect(exitCodeOf(product)).toBe(1);
  const { share, quantiles } = product.report.capacity![0]!.against!;
  expect(share!.difference.low).toBeGreaterThan(0);
  expect(quantiles!.map(({ quantile }) => quantile)).toEqual([0.5, 0.95, 0.99]);
  // every answer that comes takes 50 ms; one in a hundred of the canary's does not come
  expect(quantiles![0]).toMatchObject({ stable: { value: 50 }, canary: { value: 50 }, difference: { value: 0 } });
  expect(quantiles![2]!.canary.value).toBeUndefined();
  expect(product.report.findings).toMatchObject([{ code: 'CANARY_WORSE_THAN_STABLE', where: CANARY }]);
  expect(product.report.headline).toContain('The canary is worse than stable: at ');
});

thorough('where both are searched, the ratio holds the true one', async () => {
  const { report } = await asked(SIXTEEN, {}, true).run();
  const [stable, canary] = report.capacity!;
  expect(canary!.claimId).toBe('capacity/canary');
  expect(report.claims.map(({ id }) => id)).toEqual(['capacity/bracket', 'capacity/canary']);
  const { low, high } = stable!.against!.ratio!;
  expect(low!).toBeLessThan(0.757);
  expect(high!).toBeGreaterThan(0.757);
  expect(low!).toBeCloseTo(canary!.bracket!.low! / stable!.bracket!.high!, 9);
  expect(report.headline).toMatch(/The canary holds ×0\.\d{3} to ×0\.\d{3} of what stable holds\.$/);
});

it('a spoiled trial, a generator that fails, and a stable that holds nothing leave it open', async () => {
  const spoils = (change: (phase: string) => void) => {
    const one = asked(POOL, LOW);
    const whole = one.load.run.bind(one.load);
    Object.assign(one.load, {
      run: async (...args: Parameters<typeof whole>) => {
        change(args[0].phase);
        const result = await whole(...args);
        return args[0].phase.startsWith('against-2') ? { ...result, sent: result.sent / 2 } : result;
      },
    });
    return one.run();
  };
  const { report } = await spoils(() => undefined);
  const [capacity] = report.capacity!;
  expect(report.outcome).toBe('inconclusive');
  expect(capacity!.against).toMatchObject({ guards: ['CAPACITY_UNSENT'], trials: [{}, {}, {}] });
  expect(capacity!.against!.share).toBeUndefined();
  const failed = await spoils((phase) => {
    if (phase === 'against-1-canary') throw environmentError('K6_EXIT', 'k6 ended');
  });
  expect(failed.report.headline).toContain('Whether the canary is worse than stable is not known: K6_EXIT.');
  const bucket = { ...POOL, server: { kind: 'bucket', ratePerSecond: 0.01, burst: 0 } } as const;
  const none = await asked(POOL, { system: bucket }).run();
  expect(none.report).toMatchObject({
    outcome: 'failed',
    capacity: [{ against: { guards: ['CAPACITY_NOTHING_HELD'] } }],
  });
});

it('interrupted: no pass, and the canary is not asked any more', async () => {
  const one = asked(POOL, LOW);
  const whole = one.load.run.bind(one.load);
  Object.assign(one.load, {
    run: async (...args: Parameters<typeof whole>) => {
      const result = await whole(...args);
      if (args[0].phase === 'against-1-canary') one.controller.abort();
      return result;
    },
  });
  const { report } = await one.run();
  expect(report).toMatchObject({ outcome: 'inconclusive', run: { interrupted: true } });
  expect(report.capacity![0]!.against).toMatchObject({ guards: ['CAPACITY_INTERRUPTED'] });
  expect(one.load.requests.at(-1)!.phase).toBe('against-1-canary');
});

it('an address that fails without load is named before anything is made', async () => {
  const probe = async (arm: string) => ({ status: arm === 'canary' ? 503 : 200, durationMs: 5 });
  await expect(asked(POOL, { ports: { probe } }).run()).rejects.toMatchObject({
    code: 'ENDPOINT_FAILING',
    where: CANARY,
  });
});
