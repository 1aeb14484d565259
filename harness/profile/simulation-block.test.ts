import { expect, test } from 'vitest';
import { resolveSimulation, simulationBlock } from './simulation-block.ts';

const read = (block: unknown) => resolveSimulation(simulationBlock.parse(block));

test('defaults are filled in, and durations become milliseconds', () => {
  expect(read({ ratePerSecond: { usual: 40 } })).toEqual({
    ratePerSecond: { usual: 40, quiet: undefined, peak: undefined },
    ...{ rollout: undefined, unit: undefined, errorShare: 0, fano: undefined, arrivals: 'poisson', latency: undefined },
    ...{ scrapeLoss: 0, users: undefined },
    ...{ scrapeIntervalMs: 15_000, approvalMs: 60_000, treatAs: {}, bad: [], maxFalse: undefined, maxMiss: undefined },
  });
  const { latency, bad } = read({
    ratePerSecond: { usual: 40, quiet: 2, peak: 300 },
    latency: { median: '80ms', sigma: 0.5 },
    bad: [
      { errorShare: 0.05, pods: 3, growsFor: '5m', fromWeight: 0.5 },
      { errorShare: 0.5, from: '1m', for: '5s' },
      { name: 'sluggish', slowShare: 0.05 },
      { slowShare: 0.05, timesSlower: 4 },
    ],
  });
  expect(latency).toEqual({ medianMs: 80, sigma: 0.5 });
  const users = (more: object) =>
    read({ ratePerSecond: { usual: 1 }, users: { count: 10_000, requests: 5, ...more } }).users;
  expect(users({})).toEqual({ count: 10_000, requests: 5, withinMs: undefined });
  expect(users({ within: '1h' })).toEqual({ count: 10_000, requests: 5, withinMs: 3_600_000 });
  expect(bad.map(({ fault }) => fault)).toEqual([
    { pods: 3, growsForMs: 300_000, fromWeight: 0.5 },
    { fromMs: 60_000, untilMs: 65_000 },
    {},
    {},
  ]);
  expect(bad.map(({ name, slow, errorShare }) => [name, slow, errorShare])).toEqual([
    [undefined, undefined, 0.05],
    [undefined, undefined, 0.5],
    ['sluggish', { share: 0.05, times: 10 }, undefined],
    [undefined, { share: 0.05, times: 4 }, undefined],
  ]);
});

test.each([
  ['no usual traffic', { ratePerSecond: { peak: 3 } }],
  ['none at all', { ratePerSecond: { usual: 0 } }],
  ['a percentage', { errorShare: 5 }],
  ['fewer bursts than even', { fano: 0.5 }],
  ['a negative spread', { latency: { median: '80ms', sigma: -1 } }],
  ['no duration', { scrape: '15' }],
  ['a treatment that is none', { treatAs: { web: 'perhaps' } }],
  ['a bad canary without a fault', { bad: [{ name: 'x' }] }],
  ['pods of a slow canary', { bad: [{ slowShare: 0.1, pods: 3 }] }],
  ['times without slow answers', { bad: [{ errorShare: 0.1, timesSlower: 3 }] }],
  ['all scrapes lost', { scrapeLoss: 1 }],
  ['users without requests', { users: { count: 5, requests: 0 } }],
  ['no pods', { bad: [{ errorShare: 0.1, pods: 0 }] }],
  ['a limit of 0', { maxFalse: 0 }],
  ['an unknown field', { traffic: '100/s' }],
])('%s is refused', (_, block) => {
  expect(simulationBlock.safeParse({ ratePerSecond: { usual: 1 }, ...block }).success).toBe(false);
});
