import { describe, expect, it } from 'vitest';
import { HarnessError } from '../errors/harness-error.ts';
import { ASSURANCE, type SplitExpectation, validateSplitExpectation } from './split-expectation.ts';

const good: SplitExpectation = {
  arms: [
    { name: 'v1', share: 0.9 },
    { name: 'v2', share: 0.1 },
  ],
  ...ASSURANCE.default,
  lookEvery: 20,
};

function refusal(change: Partial<SplitExpectation>): HarnessError {
  try {
    validateSplitExpectation({ ...good, ...change });
  } catch (error) {
    expect(error).toBeInstanceOf(HarnessError);
    return error as HarnessError;
  }
  throw new Error('was accepted');
}

describe('split expectation', () => {
  it('accepts what can be judged, weights of 0 and 100 included', () => {
    validateSplitExpectation(good);
    validateSplitExpectation({ ...good, arms: [{ name: 'v1', share: 1 }] });
    const withZero = [
      { name: 'v1', share: 1 },
      { name: 'v2', share: 0 },
    ];
    validateSplitExpectation({ ...good, arms: withZero });
    const thirds = ['a', 'b', 'c'].map((name) => ({ name, share: 1 / 3 }));
    validateSplitExpectation({ ...good, arms: thirds });
  });

  it.each([
    ['SPLIT_ERROR_RATES', { alpha: 1 }],
    ['SPLIT_ERROR_RATES', { beta: 0 }],
    ['SPLIT_ERROR_RATES', { alpha: Number.NaN }],
    ['SPLIT_MARGIN', { margin: 0.1 }],
    ['SPLIT_MARGIN', { margin: 0.2 }],
    ['SPLIT_MARGIN', { margin: 0 }],
    ['SPLIT_MARGIN', { margin: Number.NaN }],
    ['SPLIT_LOOKS', { lookEvery: 0 }],
    ['SPLIT_LOOKS', { lookEvery: 2.5 }],
    ['SPLIT_ARMS', { arms: [] }],
    ['SPLIT_ARMS', { arms: [{ name: '', share: 1 }] }],
    ['SPLIT_SHARES', { arms: [{ name: 'v1', share: 0.9 }] }],
    [
      'SPLIT_SHARES',
      {
        arms: [
          { name: 'v1', share: 1.1 },
          { name: 'v2', share: -0.1 },
        ],
      },
    ],
    ['SPLIT_SHARES', { arms: [{ name: 'v1', share: Number.NaN }] }],
  ] satisfies [string, Partial<SplitExpectation>][])('refuses with %s: %o', (code, change) => {
    const error = refusal(change);
    expect(error.code).toBe(code);
    expect(error.exitCode).toBe(2);
    expect(error.hint).toMatch(/\w/);
  });

  it('names a duplicate arm and a margin that fits', () => {
    const twice = refusal({
      arms: [
        { name: 'v1', share: 0.5 },
        { name: 'v1', share: 0.5 },
      ],
    });
    expect(twice.message).toContain('v1 is declared more than once');
    const tight = refusal({
      arms: [
        { name: 'v1', share: 0.99 },
        { name: 'v2', share: 0.01 },
      ],
    });
    expect(tight.message).toContain('v2 (1 %)');
    expect(tight.hint).toContain('0.005');
  });

  it('reports all problems at once', () => {
    const error = refusal({ alpha: 2, margin: 0.3, lookEvery: -1 });
    expect(error.message.split('; ')).toHaveLength(3);
  });
});
