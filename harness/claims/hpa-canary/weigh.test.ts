import { describe, expect, it } from 'vitest';
import type { HpaCanaryClaim } from './declaration.ts';
import type { Held } from './hold.ts';
import type { StretchReceived } from './receiver-book.ts';
import { weigh } from './weigh.ts';
import type { WeighRequest } from './weigh-request.ts';

const SECONDS = 30;
const CLAIM = {
  ratePerSecond: 120,
  objective: { text: 'p95<500ms', objectiveShare: 0.05, limitMs: 500 },
} as HpaCanaryClaim;
const SEEN = { isActive: true, reason: '', message: '', used: 0.8, inWords: 'cpu 56 % of 70 %', desired: 3 };
const HELD: Held = {
  ...{ weight: 50, beganMs: 0, judged: { fromMs: 30_000, toMs: 60_000 }, isStill: true, replicas: 3, changes: [] },
  ...{ stable: { ready: 3, all: 3 }, canary: { ready: 2, all: 2 }, most: { replicas: 3, stable: 3, canary: 2 } },
  seen: SEEN,
};

/** Half of the requests to each track. */
function received(stableBad: number, canaryBad: number, part = 1): StretchReceived {
  const each = (SECONDS * 60 * part) / 6;
  const pods = [1, 2, 3].flatMap((i) => [
    { pod: `s${i}`, version: 'v1', requests: 2 * each, bad: 2 * each * stableBad },
    ...(i > 2 ? [] : [{ pod: `c${i}`, version: 'v2', requests: 3 * each, bad: 3 * each * canaryBad }]),
  ]);
  return { seconds: SECONDS, all: { requests: 12 * each, bad: 0 }, pods };
}

const weighed = (change: Partial<WeighRequest> = {}, held: Partial<Held> = {}) =>
  weigh({
    ...{
      claim: CLAIM,
      declared: { least: 2, most: 10, tolerance: 0.1 },
      received: received(0, 0),
      stableVersion: 'v1',
    },
    ...{ scale: undefined, leastPods: undefined, replicasBefore: 3, ...change },
    held: { ...HELD, ...held },
  });
const told = (...asked: Parameters<typeof weighed>) =>
  weighed(...asked).problems.map(({ code, outcome }) => [code, outcome]);

it('counts requests a pod and second of both tracks', () => {
  expect(weighed()).toMatchObject({
    stable: { pods: 3, perPod: 20, busiest: 20, badShare: 0, requests: 1800 },
    canary: { pods: 2, perPod: 30, busiest: 30, badShare: 0, requests: 1800 },
    problems: [],
  });
});

describe('whose pods are overloaded', () => {
  it.each([
    ['CANARY_PODS_OVERLOADED', 0.05, 0.051],
    ['STABLE_PODS_OVERLOADED', 0.06, 0],
    ['ALL_PODS_OVERLOADED', 0.06, 0.3],
  ])('%s', (code, stableBad, canaryBad) => {
    expect(told({ received: received(stableBad, canaryBad) })).toEqual([[code, 'failed']]);
  });

  it('nobody, with as many bad answers as the objective allows', () => {
    expect(told({ received: received(0.05, 0.05) })).toEqual([]);
  });

  it.each([
    ['within its target and tolerance of 10 % (argo-rollouts issue 4607)', { seen: { ...SEEN, used: 1.1 } }],
    ['the autoscaler is at its maximum of 3', { seen: { ...SEEN, used: 1.4 } }],
  ])('why the autoscaler lets it happen: %s', (why, held) => {
    const [problem] = weighed(
      { received: received(0, 0.2), declared: { least: 2, most: 3, tolerance: 0.1 } },
      held,
    ).problems;
    expect(problem?.sentence).toContain(why);
    expect(problem?.sentence).not.toContain('setCanaryScale');
  });
});

it('a load that is not on record weighs nothing', () => {
  expect(told({ received: received(0, 0, 0.96) })).toEqual([]);
  expect(told({ received: received(0, 0, 0.94) })).toEqual([['PEAK_NOT_REACHED', 'invalid']]);
  expect(told({ received: { ...received(0, 0), seconds: 0 } })).toEqual([['PEAK_NOT_REACHED', 'invalid']]);
});

it('says who writes the replicas that go back and forth', () => {
  const move = (from: number, to: number, writer: string) => ({ atMs: 0, from, to, writer });
  const changes = [move(3, 5, 'kube-controller-manager'), move(5, 3, 'argocd'), move(3, 5, 'kube-controller-manager')];
  const [problem] = weighed({}, { changes }).problems;
  expect(problem).toMatchObject({
    code: 'AUTOSCALER_FIGHTS_ROLLOUT',
    sentence: expect.stringContaining('5 → 3 by argocd, 3 → 5 by kube-controller-manager; two writers undo each other'),
  });
  // one way and back is how an autoscaler finds its number
  expect(told({}, { changes: changes.slice(0, 2) })).toEqual([]);
});

it('twice the replicas of the same load are no rounding', () => {
  const six = {
    ...{ replicas: 6, stable: { ready: 6, all: 6 }, canary: { ready: 3, all: 3 } },
    most: { replicas: 6, stable: 6, canary: 3 },
  };
  expect(told({}, six)).toEqual([['AUTOSCALER_FIGHTS_ROLLOUT', 'failed']]);
  expect(told({ replicasBefore: 4 }, six)).toEqual([]);
  expect(told({ replicasBefore: undefined }, six)).toEqual([]);
});

it('canary pods are judged where they stand still', () => {
  expect(told({}, { canary: { ready: 1, all: 1 } })).toEqual([['CANARY_PODS_DO_NOT_FOLLOW', 'failed']]);
  expect(told({}, { canary: { ready: 1, all: 1 }, isStill: false })).toEqual([
    ['AUTOSCALER_STILL_MOVING', 'inconclusive'],
  ]);
  const pinned = { canary: { ready: 1, all: 1 }, most: { ...HELD.most, canary: 1 } };
  expect(told({ scale: { replicas: 1 } }, pinned)).toEqual([]);
  expect(told({ scale: { replicas: 1 } }, { ...pinned, most: HELD.most })).toEqual([['PODS_BEYOND_MAXIMUM', 'failed']]);
});
