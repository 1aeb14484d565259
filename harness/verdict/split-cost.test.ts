import { describe, expect, it } from 'vitest';
import type { Assurance } from '../documents/assurance.ts';
import { thorough } from '../testkit/runner/thorough.ts';
import { costOfSplit } from './split-cost.ts';
import { expectationOf, marginAround } from './split-expectation.ts';
import { ASSURANCE, createSplitJudge } from './split-judge.ts';

const expectation = (shares: readonly number[], level: Assurance = 'default') => ({
  arms: shares.map((share, index) => ({ name: `v${index + 1}`, share })),
  ...ASSURANCE[level],
  lookEvery: 20,
});

describe('cost of a split', () => {
  thorough('is that of the arm nearest to one half', () => {
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

describe('the margin that an assurance leaves around shares', () => {
  it('is its own, and never more than half of the smallest share that is neither nothing nor all', () => {
    expect(marginAround([0.9, 0.1], 'smoke')).toBe(0.05);
    expect(marginAround([0.95, 0.05], 'smoke')).toBeCloseTo(0.025, 12);
    expect(marginAround([0.99, 0.01], 'default')).toBeCloseTo(0.005, 12);
    expect(marginAround([1, 0], 'smoke')).toBe(0.05);
    expect(marginAround([], 'nightly')).toBe(0.01);
  });

  it('so every declared weight has a verdict, and nobody at all does not pass as 1 %', () => {
    const arms = [
      { version: 'v1', share: 0.99 },
      { version: 'v2', share: 0.01 },
    ];
    for (const assurance of ['smoke', 'default', 'nightly'] as const) {
      const asked = expectationOf({ arms }, assurance);
      const judge = createSplitJudge(asked);
      let decision: ReturnType<typeof judge.observe>;
      for (let i = 0; i < 200_000 && decision === undefined; i += 1) decision = judge.observe('v1', `vu${i % 20}`);
      expect([assurance, decision?.outcome]).toEqual([assurance, 'failed']);
    }
  });
});
