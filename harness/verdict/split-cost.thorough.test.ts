import './split-cost.test.ts';
import { expect, test } from 'vitest';
import { costOfSplit } from './split-cost.ts';
import { ASSURANCE } from './split-judge.ts';

test('at the default margin, too, the cost of a split is that of the arm nearest to one half', () => {
  const arms = [0.5, 0.4, 0.1].map((share, index) => ({ name: `v${index + 1}`, share }));
  expect(costOfSplit({ arms, ...ASSURANCE.default, lookEvery: 20 }).passMean).toBeGreaterThan(11_900);
});
