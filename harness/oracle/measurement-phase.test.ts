/** The truth table of statistics.md E; the real evaluator's answers are in argo-contract.thorough.test.ts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatResult, measurementPhase, parseResult } from './measurement-phase.ts';

const SUCCESS = 'result[0] >= 0.95';
const FAILURE = 'result[0] < 0.95';

describe('measurementPhase', () => {
  it.each([
    ['', '', [0.1], 'Successful'],
    [SUCCESS, '', [0.99], 'Successful'],
    [SUCCESS, '', [0.9], 'Failed'],
    [SUCCESS, '', [Number.NaN], 'Failed'],
    [SUCCESS, '', [], 'Error'],
    ['', FAILURE, [0.99], 'Successful'],
    ['', FAILURE, [0.9], 'Failed'],
    ['', FAILURE, [Number.NaN], 'Successful'], // the silent pass
    [SUCCESS, FAILURE, [0.99], 'Successful'],
    [SUCCESS, FAILURE, [0.9], 'Failed'],
    [SUCCESS, FAILURE, [Number.NaN], 'Inconclusive'],
    ['result[0] > 0.5', 'result[0] > 0.8', [0.9], 'Failed'], // both true
    [`len(result) == 0 || isNaN(result[0]) || ${SUCCESS}`, '', [], 'Successful'],
    ['result >= 0.95', '', 0.99, 'Successful'],
    ['result >= 0.95', '', [0.99], 'Error'], // a list is no number
    ['result[0] >=', '', [0.99], 'Error'],
  ] as const)('%s | %s of %j is %s', (successCondition, failureCondition, result, phase) => {
    expect(measurementPhase({ successCondition, failureCondition }, result).phase).toBe(phase);
  });

  it('refuses to guess', () => {
    expect(() => measurementPhase({ successCondition: 'sort(result)[0] > 1' }, [2])).toThrow(
      expect.objectContaining({ code: 'CONDITION_UNSUPPORTED' }),
    );
  });
});

describe('values as Argo writes them', () => {
  it.each([
    [[0.99], '[0.99]'],
    [[], '[]'],
    [[Number.NaN, 1, Number.POSITIVE_INFINITY], '[NaN,1,+Inf]'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [[1e21], '[1000000000000000000000]'],
    [[1.5e-9], '[0.0000000015]'],
    [[-2.5e22], '[-25000000000000000000000]'],
    [[-0], '[-0]'],
  ] as const)('%j is %s', (result, text) => {
    expect(formatResult(result)).toBe(text);
  });

  it('are read back as they were', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.array(fc.double(), { maxLength: 3 })), (result) => {
        const text = formatResult(result);
        expect(text).not.toMatch(/e/);
        expect(parseResult(text)).toEqual(result);
      }),
    );
    expect(parseResult('0x1')).toBeUndefined();
    expect(parseResult('[1')).toBeUndefined();
  });
});

it('conditions that many metrics write are judged alike, each time', () => {
  const metric = { successCondition: 'result[0] >= 0.95' };
  for (let index = 0; index < 300; index += 1)
    measurementPhase({ successCondition: `result[0] >= ${index}`, failureCondition: 'len(result) == 0' }, [1]);
  for (const _ of [1, 2]) {
    expect(measurementPhase(metric, [])).toEqual({ phase: 'Error', message: expect.stringContaining('result[0]') });
    expect(measurementPhase(metric, [0.96])).toEqual({ phase: 'Successful' });
    expect(measurementPhase({ failureCondition: metric.successCondition }, [0.96])).toEqual({ phase: 'Failed' });
  }
});
