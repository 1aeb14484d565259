import { expect, test } from 'vitest';
import { createCoin } from '../stats/calibration-study.ts';
import { binomialLowerTail } from '../stats/proportion.ts';
import { rules, stream } from './rival-rules.ts';

const passRate = (name: string, share: number, runs: number): number => {
  const rule = rules().find((one) => one.name.startsWith(name))!;
  const outcomes = Array.from({ length: runs }, (_, run) => rule.decide(stream(createCoin(run + 1), share)).outcome);
  return outcomes.filter((outcome) => outcome === 'passed').length / runs;
};

test('the rivals pass as often as the exact binomial says', { timeout: 60_000 }, () => {
  // P(25 <= X <= 75), X ~ Binomial(500, .15)
  const exact = binomialLowerTail(75, 500, 0.15) - binomialLowerTail(24, 500, 0.15);
  expect(exact).toBeCloseTo(0.53, 2);
  const gateway = passRate('Gateway API: 500', 0.15, 2000);
  expect(Math.abs(gateway - exact)).toBeLessThan(0.06);
  expect(passRate('Gateway API: ... best', 0.15, 500)).toBeGreaterThan(0.98);
  // A canary that gets nothing passes Istio's ten per cent leg always.
  expect(passRate('Istio: 100', 0, 50)).toBe(1);
});

test('ours does not let the same splits through', { timeout: 60_000 }, () => {
  expect(passRate('canaryproof', 0.15, 15)).toBe(0);
  expect(passRate('canaryproof', 0, 15)).toBe(0);
  expect(passRate('canaryproof', 0.1, 15)).toBe(1);
});
