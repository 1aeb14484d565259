import { expect, test } from 'vitest';
import { leadMs, type RollbackPolicy, trialSteps } from './rollback-policy.ts';

const templates = [{ templateName: 'success-rate' }];
const steps = [
  { setWeight: 10 },
  { pause: { duration: '1m' } },
  { setWeight: 30 },
  { pause: { duration: 15 } },
  { setWeight: 50 },
];

test.each<[number | undefined, number]>([
  [undefined, 0],
  [0, 0],
  [1, 0],
  [2, 60_000],
  [4, 75_000],
])('an analysis in the background from step %s on begins %i ms after the first weight', (startingStep, ms) => {
  const background = { templates, ...(startingStep === undefined ? {} : { startingStep }) };
  expect(leadMs({ steps, background })).toBe(ms);
});

test('a pause that waits for somebody is as long as any', () => {
  const manual = [{ setWeight: 10 }, { pause: {} }, { setWeight: 30 }];
  expect(leadMs({ steps: manual, background: { templates, startingStep: 2 } })).toBe(Number.POSITIVE_INFINITY);
  expect(leadMs({ steps: [{ pause: {} }, { setWeight: 30 }], background: { templates, startingStep: 1 } })).toBe(0);
});

/** Windows of 30 s, scrapes of 2 s: a window holds nothing of before after 34 s. */
function stepsOf(lead: number) {
  const policy = {
    ...{ claim: { weight: 20, limit: { kind: 'error-share', share: 0.2 } }, background: true, leadMs: lead },
    ...{ analysis: { templates, startingStep: 4 }, windowMs: 30_000, reachMs: 30_000, scrapeIntervalMs: 2_000 },
  };
  const trial = { fault: { kind: 'none' }, traffic: 'steady', ratePerSecond: 60 };
  return trialSteps(policy as unknown as RollbackPolicy, trial as never);
}

test('a trial begins to measure as long after the weight as the Rollout would, or when its window is full', () => {
  expect(stepsOf(0)).toEqual({
    steps: [{ setWeight: 20 }, { pause: { duration: '94s' } }],
    background: { templates, startingStep: 1 },
  });
  expect(stepsOf(11_000)).toEqual({
    steps: [{ setWeight: 20 }, { pause: { duration: '11s' } }, { pause: { duration: '94s' } }],
    background: { templates, startingStep: 2 },
  });
  expect(stepsOf(Number.POSITIVE_INFINITY).steps[1]).toEqual({ pause: { duration: '34s' } });
});
