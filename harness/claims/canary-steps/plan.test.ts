import { expect, test } from 'vitest';
import type { CanaryStepsClaim } from './declaration.ts';
import { planCanarySteps } from './plan.ts';

const rollout = (pause: string) => ({
  path: 'rollout.yaml',
  text: `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop }
spec:
  strategy:
    canary:
      canaryService: shop-canary
      stableService: shop-stable
      trafficRouting: { istio: { virtualService: { name: shop, routes: [primary] } } }
      steps: [{ setWeight: 40 }, { pause: { duration: ${pause} } }, { setWeight: 41 }, { pause: { duration: ${pause} } }, { setWeight: 100 }]
`,
});
const claim = {
  id: 'shop/steps',
  kind: 'canary-steps',
  rollout: { name: 'shop' },
  paths: [{ kind: 'ingress', ratePerSecond: 120 }],
} as unknown as CanaryStepsClaim;
const planned = (files: Parameters<typeof planCanarySteps>[1]['files'], ratePerSecond?: number) =>
  planCanarySteps(claim, { files, assurance: 'smoke', ratePerSecond }).map(({ line }) => line);
const lines = (pause: string, rate?: number) => planned([rollout(pause)], rate);

test('a step that ends before its share is proven is said to, with the rate that would do', () => {
  expect(lines('20s')[0]).toMatch(
    /0 → 40 %: 2400 requests .*; MAY STAY UNDECIDED: 3089 prove it .*, at 155 requests\/s$/,
  );
  expect(lines('20s', 155)[0]).toMatch(/3100 requests .*, 3089 prove it within ±5 points in 99 of 100 runs$/);
});

test('steps that are too near to each other cannot be told apart', () => {
  expect(lines('20s')[1]).toMatch(
    /40 → 41 %: CANNOT BE TOLD APART with 2400 requests in the step; it takes \d+ requests\/s/,
  );
});

test('a pause is as long as Argo Rollouts reads it, also one of days', () => {
  expect(lines('36h')[0]).toContain('0 → 40 %: 15552000 requests');
  expect(lines('1h30m')[0]).toContain('0 → 40 %: 648000 requests');
  expect(lines("'90'")[0]).toContain('0 → 40 %: 10800 requests');
});

test('a Rollout that is nowhere is said to be', () => {
  expect(planned([])).toEqual(['shop/steps: Rollout shop is in no file of the repository']);
});
