import { describe, expect, it } from 'vitest';
import type { Assurance } from '../documents/assurance.ts';
import { costOfSplit } from './split-cost.ts';
import { ASSURANCE, createSplitJudge } from './split-judge.ts';

const expectation = (shares: readonly number[], level: Assurance = 'default') => ({
  arms: shares.map((share, index) => ({ name: `v${index + 1}`, share })),
  ...ASSURANCE[level],
  lookEvery: 20,
});

describe('cost of a split', () => {
  it('is that of the arm nearest to one half', () => {
    expect(costOfSplit(expectation([0.9, 0.1])).passMean).toBeCloseTo(4348, -1);
    expect(costOfSplit(expectation([0.9, 0.1])).cap).toBe(20_792);
    // at the default margin the exact program for one half takes seconds: split-cost.thorough.test.ts
    expect(costOfSplit(expectation([0.5, 0.4, 0.1], 'smoke')).passMean).toBeCloseTo(1917, -1);
    expect(costOfSplit(expectation([0.9, 0.1], 'smoke')).passMean).toBeCloseTo(710, -1);
  });

  it('of all or nothing is what it takes to exclude a leak', () => {
    expect(costOfSplit(expectation([1, 0]))).toEqual({ passMean: 688, cap: 4128 });
    expect(costOfSplit(expectation([0, 1])).cap).toBe(createCap([0, 1]));
  });

  it('does not exist where the margin is wider than a weight', () => {
    expect(() => costOfSplit(expectation([0.99, 0.01]))).toThrow(expect.objectContaining({ code: 'SPLIT_MARGIN' }));
  });
});

function createCap(shares: readonly number[]): number {
  return createSplitJudge(expectation(shares)).conclude('load-ended').cap;
}
