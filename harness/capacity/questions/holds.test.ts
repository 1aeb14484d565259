import { expect, it } from 'vitest';
import { longestLook } from '../search/search-settings.ts';
import type { TrialStatistics } from '../trial/trial-statistics.ts';
import { heldAtLook } from './holds.ts';

const TRIAL: TrialStatistics = {
  ...{ requests: 1000, bad: 0, seconds: 17, share: 0, designEffect: 1, tauSeconds: 0.1 },
  ...{ effectiveRequests: 1000, estimate: 0, weight: 1001, overloaded: false },
};
const at = (change: Partial<TrialStatistics>, look = 20) => heldAtLook({ ...TRIAL, ...change }, 0.05, look);

it('is held or broken when the bound of its look is clear of the objective', () => {
  expect([at({ share: 0.01 }), at({ share: 0.05 }), at({ share: 0.1 })]).toEqual(['held', 'open', 'broken']);
});

it('spends half as much error at every look', () => {
  // the bound of 5e-4 on n effective requests without a bad one is 1 - 5e-4^(1/n): 5 % at 149
  expect([at({ effectiveRequests: 148 }), at({ effectiveRequests: 149 })]).toEqual(['open', 'held']);
  expect([at({ effectiveRequests: 149 }, 40), at({ effectiveRequests: 162 }, 40)]).toEqual(['open', 'held']);
});

it('is not held on less than 60 relaxation times, nor in an overload', () => {
  expect([at({ tauSeconds: 0.3 }), at({ tauSeconds: 0.28 })]).toEqual(['open', 'held']);
  expect(at({ overloaded: true })).toBe('open');
  expect(at({ overloaded: true, share: 0.5, effectiveRequests: 1 })).toBe('broken');
});

it('ends at the last look that fits', () => {
  expect([20, 39, 40, 300, 900].map(longestLook)).toEqual([20, 20, 40, 160, 640]);
  expect(() => longestLook(19.9)).toThrow(expect.objectContaining({ code: 'CAPACITY_BUDGET' }));
});
