/** What a Rollout may say that the step machine must not take for something else. */
import { expect, it } from 'vitest';
import { readRolloutPlan } from './rollout-plan.ts';

const planOf = (steps: readonly Readonly<Record<string, unknown>>[], trafficRouting: Record<string, unknown> = {}) =>
  readRolloutPlan({ metadata: { name: 'shop' }, spec: { strategy: { canary: { trafficRouting, steps } } } });

it('pauses in seconds and in durations, or without an end', () => {
  const durations = [30, '30', '5m', 0, undefined];
  const { steps } = planOf(durations.map((duration) => ({ pause: duration === undefined ? {} : { duration } })));
  expect(steps.map((step) => step.kind === 'pause' && step.durationMs)).toEqual([
    ...[30_000, 30_000, 300_000, 0],
    undefined,
  ]);
});

it.each<[what: string, step: Readonly<Record<string, unknown>>]>([
  // would be a pause without an end
  ['a duration that Argo cannot read', { pause: { duration: '5 minutes' } }],
  ['a negative duration', { pause: { duration: -5 } }],
  ['a pause that is null, which the API server drops', { pause: null }],
  ['a weight above 100', { setWeight: 200 }],
  ['a negative weight', { setWeight: -1 }],
  ['a weight that is a text', { setWeight: '20' }],
])('%s is refused', (_, step) => {
  expect(() => planOf([{ setWeight: 10 }, step])).toThrow(expect.objectContaining({ code: 'ROLLOUT_UNSUPPORTED' }));
});

it('weights are shares of 100', () => {
  expect(() => planOf([{ setWeight: 10 }], { maxTrafficWeight: 1000 })).toThrow(/maxTrafficWeight/);
  expect(planOf([{ setWeight: 10 }], { maxTrafficWeight: 100 }).steps).toHaveLength(1);
});
