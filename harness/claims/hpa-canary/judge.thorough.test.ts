import { afterEach, expect, it } from 'vitest';
import type { FakeRolloutScene, RolloutFaults } from '../../testkit/rollouts/fake-rollout-scene.ts';
import { canaryWeight, codesOf, heldCopy, LOAD } from './held-copy-fixture.ts';
import { judgeHpaCanary } from './judge.ts';

let scene: FakeRolloutScene;
afterEach(() => scene[Symbol.dispose]());

async function prepared(...asked: Parameters<typeof heldCopy>) {
  const copy = await heldCopy(...asked);
  scene = copy.scene;
  return copy.claim;
}

const spread = (pods: number) => LOAD / pods;
const all: NonNullable<RolloutFaults['answers']> = (answer) => answer;

it('passes at one weight after the other', async () => {
  const result = await judgeHpaCanary(await prepared(undefined, { weights: [25, 50] }), scene);
  expect(result.claim).toMatchObject({
    outcome: 'passed',
    sentence: expect.stringMatching(/each canary pod got 3\d beside 3\d and 3\d beside 2\d requests/),
  });
  expect(result.splits?.map(({ outcome }) => outcome)).toEqual(['passed', 'passed']);
});

it('fails when stable does not hold the peak before there is a canary', async () => {
  const result = await judgeHpaCanary(await prepared(() => ({ autoscaler: { average: () => 70 } })), scene);
  expect(result.claim.outcome).toBe('failed');
  expect(result.claim.sentence).toMatch(/^Stable does not hold 150 requests\/s even before a canary: 1\d/);
  expect(codesOf(result)).toContain('PEAK_NOT_HELD');
});

it.each<[string, RegExp, (now: () => FakeRolloutScene) => RolloutFaults]>([
  [
    'CANARY_PODS_DO_NOT_FOLLOW',
    /^at 50 % there were 3 canary pods, and the Rollout declares 2 for 3 replicas/,
    () => ({ canaryPods: ({ replicas }) => replicas }),
  ],
  [
    'PODS_BEYOND_MAXIMUM',
    /^before the canary there were up to 12 replicas/,
    () => ({ autoscaler: { average: spread, writes: (wanted) => Math.max(wanted, 12) } }),
  ],
  [
    'AUTOSCALER_FIGHTS_ROLLOUT',
    /went back and forth under the same load: 3 → 4 by .+, 4 → 3 by .+, 3 → 4 by /,
    (now) => ({
      autoscaler: {
        average: spread,
        writes: (wanted, nowMs) => (canaryWeight(now()) > 0 ? 3 + (Math.floor(nowMs / 15_000) % 2) : wanted),
      },
    }),
  ],
  [
    'AUTOSCALER_FIGHTS_ROLLOUT',
    /^at 50 % the same load that 3 replicas held before the canary took 10 \(.+multiplies the pods that it counts.+2857/,
    // a metric that does not fall when pods are added
    (now) => ({ autoscaler: { average: (pods) => (canaryWeight(now()) > 0 ? 80 : spread(pods)) } }),
  ],
])('fails with %s: %s', async (code, sentence, faults) => {
  const result = await judgeHpaCanary(await prepared(faults), scene);
  expect(result.claim.outcome).toBe('failed');
  expect(result.findings?.find((finding) => finding.code === code)).toMatchObject({
    severity: 'error',
    sentence: expect.stringMatching(sentence),
  });
});

it('is undecided when the autoscaler had nothing to do', async () => {
  const claim = await prepared(() => ({ autoscaler: { average: () => 20 }, answers: all }));
  const result = await judgeHpaCanary(claim, scene);
  expect(result.claim.outcome).toBe('inconclusive');
  expect(codesOf(result)).toEqual(['AUTOSCALER_IDLE']);
});

it('is undecided when the autoscaler still moves at the end of its time', async () => {
  let firstMs: number | undefined;
  const grown = (nowMs: number) => {
    firstMs ??= nowMs;
    return Math.min(10, 2 + Math.floor((nowMs - firstMs) / 40_000));
  };
  const faults = () => ({ autoscaler: { average: spread, writes: (_: number, nowMs: number) => grown(nowMs) } });
  const claim = await prepared(() => ({ ...faults(), answers: all }), { actsWithinMs: 20_000 });
  const result = await judgeHpaCanary(claim, scene);
  expect(result.claim.outcome).toBe('inconclusive');
  expect(new Set(codesOf(result))).toEqual(new Set(['AUTOSCALER_STILL_MOVING']));
});

it('cannot judge where the metrics stop on the way', async () => {
  const blind = { reason: 'FailedGetResourceMetric', message: 'no metrics returned from resource metrics API' };
  const claim = await prepared(
    (now) => ({ autoscaler: { average: (pods) => (canaryWeight(now()) > 0 ? undefined : spread(pods)), blind } }),
    { actsWithinMs: 20_000 },
  );
  await expect(judgeHpaCanary(claim, scene)).rejects.toMatchObject({ code: 'AUTOSCALER_BLIND', exitCode: 3 });
});
