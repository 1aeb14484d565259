import { expect, test } from 'vitest';
import type { Profile } from '../profile/profile.ts';
import { resolveSimulation, simulationBlock } from '../profile/simulation-block.ts';
import { levelsOf, NOTHING_ASKED, type SimulationAsk, settingsOf } from './settings.ts';

const block = resolveSimulation(
  simulationBlock.parse({
    rollout: 'cart',
    ratePerSecond: { usual: 40, quiet: 2 },
    errorShare: 0.002,
    fano: 3,
    scrape: '2s',
    scrapeLoss: 0.01,
    users: { count: 1000, requests: 3 },
    latency: { median: '50ms', sigma: 1 },
    treatAs: { smoke: 'pass' },
    bad: [{ errorShare: 0.05, pods: 3 }, { slowShare: 0.1 }],
    maxFalse: 0.01,
    maxMiss: 0.002,
  }),
);
const profile = { name: 'shop', file: 'shop/profile.yaml', simulation: block } as unknown as Profile;
const settled = (ask: Partial<SimulationAsk>, source: Profile | string = profile) =>
  settingsOf({ ...NOTHING_ASKED, ...ask }, source);

test('what the profile knows need not be said', () => {
  expect(settled({})).toMatchObject({
    ...{ ratePerSecond: 40, fano: 3, fanoKnown: true, arrivals: 'poisson', scrapeIntervalMs: 2000, approvalMs: 60_000 },
    ...{ scrapeLoss: 0.01, users: { count: 1000, requests: 3 }, outage: undefined },
    stable: { errorShare: 0.002, latency: { medianMs: 50, sigma: 1 } },
    bad: { fault: { errorShare: 0.05, pods: 3 }, latency: { medianMs: 50, sigma: 1 } },
    alsoBad: [{ name: '10 % of answers 10 times as slow', fault: { errorShare: 0.002 } }],
    ...{ treatAs: { smoke: 'pass' }, rollout: 'cart', maxFalse: 0.01, maxMiss: 0.002 },
  });
  expect(settled({ at: 'quiet' }).ratePerSecond).toBe(2);
  expect(levelsOf(block)).toEqual(['usual', 'quiet']);
});

test('the command line wins, and its bad canaries stand in place of those of the profile', () => {
  const bad = [{ name: undefined, errorShare: 0.2, slow: undefined, fault: {} }];
  const asked = settled({ ratePerSecond: 7, errorShare: 0, fano: 1, bad, maxFalse: 0.5, treatAs: { web: 'ignore' } });
  expect(asked).toMatchObject({ ratePerSecond: 7, fano: 1, stable: { errorShare: 0 }, alsoBad: [], maxFalse: 0.5 });
  expect(asked.bad?.fault).toEqual({ errorShare: 0.2 });
  const users = { count: 5, requests: 1 };
  const outage = { of: 'prometheus', fromMs: 60_000 } as const;
  expect(settled({ scrapeLoss: 0, users, outage })).toMatchObject({ scrapeLoss: 0, users, outage });
  expect(asked.treatAs).toEqual({ smoke: 'pass', web: 'ignore' });
});

test('a folder knows nothing: defaults, and a warning about bursts', () => {
  expect(settled({ ratePerSecond: 5 }, '/shop')).toMatchObject({
    ...{ fano: 1, fanoKnown: false, scrapeIntervalMs: 15_000, stable: { errorShare: 0 }, bad: undefined },
    ...{ maxMiss: undefined, treatAs: undefined },
  });
});

test('a limit of the profile for bad canaries needs one', () => {
  const without = { ...profile, simulation: { ...block, bad: [] } };
  expect(settled({}, without).maxMiss).toBeUndefined();
  expect(settled({ maxMiss: 0.1 }, without).maxMiss).toBe(0.1);
});

test.each<[string, Partial<SimulationAsk>, Profile | string]>([
  ['nobody says how much traffic', {}, '/shop'],
  ['the profile has no block', {}, { ...profile, simulation: undefined } as unknown as Profile],
  ['a rate that the profile does not have', { at: 'peak' }, profile],
  ['a rate of a profile for a folder', { at: 'usual' }, '/shop'],
  ['said twice', { at: 'usual', ratePerSecond: 3 }, profile],
])('SIMULATION_TRAFFIC: %s', (_, ask, source) => {
  expect(() => settled(ask, source)).toThrow(expect.objectContaining({ code: 'SIMULATION_TRAFFIC', exitCode: 2 }));
});
