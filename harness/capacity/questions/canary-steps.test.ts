import { expect, it } from 'vitest';
import { type CanaryScene, canaryLoads } from './canary-steps.ts';

const step = (weightPercent: number, pods?: number) => ({ weightPercent, pods });
const SCENE: CanaryScene = {
  // 60 to 62 requests/s a pod
  capacity: { low: 240, high: 248 },
  ...{ replicas: 4, peak: 200, autoscaler: undefined },
  steps: [step(10), step(25, 1), step(50, 1), step(50), step(100)],
};
const outcomes = (change: Partial<CanaryScene>) => canaryLoads({ ...SCENE, ...change }).map(({ outcome }) => outcome);

it('names the steps at which the canary has too few pods', () => {
  expect(outcomes({})).toEqual(['passed', 'passed', 'failed', 'passed', 'passed']);
  const [, , tight] = canaryLoads(SCENE);
  expect(tight).toMatchObject({ canaryPods: 1, replicas: 4 });
  expect(tight!.load.from).toBeCloseTo(100 / 62, 9);
  expect(tight!.load.to).toBeCloseTo(100 / 60, 9);
});

it('leaves what lies within the bracket open', () => {
  expect(outcomes({ peak: 244, steps: [step(25, 1)] })).toEqual(['inconclusive']);
  expect(outcomes({ capacity: { low: 240, high: undefined }, peak: 500, steps: [step(50, 1)] })).toEqual([
    'inconclusive',
  ]);
  expect(outcomes({ capacity: { low: undefined, high: 8 }, steps: [step(50)] })).toEqual(['failed']);
});

it('an autoscaler follows the average, which does not see a canary pod that drowns', () => {
  const autoscaler = { minPods: 2, maxPods: 20, target: 0.8 };
  const [tight] = canaryLoads({ ...SCENE, autoscaler, steps: [step(50, 1)] });
  // 200 / (60 · 0.8) pods, whatever the canary has
  expect(tight).toMatchObject({ replicas: 5, canaryPods: 1, outcome: 'failed' });
  expect(tight!.average).toBeCloseTo(200 / (60 * 6), 9);
  expect(tight!.average!).toBeLessThan(autoscaler.target);
});

it('the autoscaler keeps to its limits', () => {
  const pods = (minPods: number, maxPods: number) =>
    canaryLoads({ ...SCENE, autoscaler: { minPods, maxPods, target: 0.8 }, steps: [step(50)] })[0]!;
  expect(pods(8, 10)).toMatchObject({ replicas: 8, canaryPods: 4 });
  expect(pods(1, 2)).toMatchObject({ replicas: 2, canaryPods: 1, outcome: 'failed' });
});

it('no canary pod holds nothing', () => {
  expect(outcomes({ steps: [step(10, 0)] })).toEqual(['failed']);
});
