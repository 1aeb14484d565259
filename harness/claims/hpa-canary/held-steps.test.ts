import { expect, test } from 'vitest';
import type { RolloutStep } from '../../rollouts/rollout-object.ts';
import { expectedCanaryPods, heldSteps, scaleAt } from './held-steps.ts';

const FOUR = { replicas: 4 };
const PAUSE = { pause: {} };
const BACK = { setCanaryScale: { matchTrafficWeight: true } };

test.each<[string, RolloutStep[], number, object | undefined]>([
  ['nothing is declared', [{ setWeight: 25 }, PAUSE, { setWeight: 50 }, PAUSE], 50, undefined],
  ['before the weight', [{ setCanaryScale: FOUR }, { setWeight: 25 }, PAUSE], 25, FOUR],
  ['behind the weight, before it is held', [{ setWeight: 25 }, { setCanaryScale: FOUR }, PAUSE], 25, FOUR],
  [
    'behind the pause it is of the next weight',
    [{ setWeight: 25 }, PAUSE, { setCanaryScale: FOUR }, { setWeight: 50 }],
    25,
    undefined,
  ],
  ['and that weight has it', [{ setWeight: 25 }, PAUSE, { setCanaryScale: FOUR }, { setWeight: 50 }, PAUSE], 50, FOUR],
  ['taken back', [{ setCanaryScale: FOUR }, { setWeight: 10 }, PAUSE, BACK, { setWeight: 50 }], 50, undefined],
  [
    'a weight that is not declared has that of the one below',
    [{ setCanaryScale: FOUR }, { setWeight: 10 }, PAUSE, BACK, { setWeight: 50 }],
    25,
    FOUR,
  ],
])('the scale in force: %s', (_, steps, weight, scale) => {
  expect(scaleAt(steps, weight)).toEqual(scale);
});

test('each weight is held, with the declared scale where it changes', () => {
  const declared: RolloutStep[] = [{ setCanaryScale: FOUR }, { setWeight: 10 }, PAUSE, BACK, { setWeight: 50 }, PAUSE];
  expect(heldSteps(declared, [10, 25, 50])).toEqual([
    ...[{ setCanaryScale: FOUR }, { setWeight: 10 }, PAUSE, { setWeight: 25 }, PAUSE],
    ...[BACK, { setWeight: 50 }, PAUSE],
  ]);
  expect(heldSteps([{ setWeight: 30 }, PAUSE], [30])).toEqual([{ setWeight: 30 }, PAUSE]);
});

test.each([
  [{ scale: undefined, replicas: 3, weight: 50 }, 2],
  [{ scale: undefined, replicas: 3, weight: 34 }, 2],
  [{ scale: { weight: 100 }, replicas: 3, weight: 10 }, 3],
  [{ scale: { replicas: 1 }, replicas: 8, weight: 50 }, 1],
  [{ scale: undefined, replicas: 4, weight: 10, least: 2 }, 2],
  [{ scale: { replicas: 0 }, replicas: 4, weight: 10, least: 2 }, 0],
])('%j are %i canary pods', (question, pods) => {
  expect(expectedCanaryPods(question)).toBe(pods);
});
