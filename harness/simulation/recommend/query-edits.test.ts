import { describe, expect, it } from 'vitest';
import {
  windowsMs,
  withFailureGuard,
  withNumerator,
  withSuccessGuard,
  withThreshold,
  withWindow,
} from './query-edits.ts';

const RATIO = 'sum(rate(a{code!~"[45]..|a/b"}[1m])) / sum(rate(a[5m]))';

describe('queries', () => {
  it('windows, but no subquery, argument or pattern', () => {
    expect(windowsMs(RATIO)).toEqual([60_000, 300_000]);
    expect(windowsMs('max_over_time(x[1h:5m]) + rate(b[1d]) + rate(c[{{args.window}}])')).toEqual([86_400_000]);
    expect(withWindow(RATIO, '2m')).toBe('sum(rate(a{code!~"[45]..|a/b"}[2m])) / sum(rate(a[2m]))');
  });

  it('a default for the numerator of a quotient only', () => {
    expect(withNumerator(RATIO)).toBe('(sum(rate(a{code!~"[45]..|a/b"}[1m])) or vector(0)) / sum(rate(a[5m]))');
    for (const other of ['sum(rate(a[1m]))', 'a / b / c', '(a or vector(0)) / b', 'sum(a / b)', 'a / b > 0.5', 'a / )'])
      expect(withNumerator(other), other).toBeUndefined();
  });
});

describe('conditions', () => {
  it('guards that are not there yet', () => {
    expect(withSuccessGuard('result[0] >= 0.99')).toBe('len(result) == 0 || isNaN(result[0]) || result[0] >= 0.99');
    expect(withSuccessGuard('result[0] > 1 && result[0] < 2')).toMatch(/\|\| \(result\[0\] > 1 && result\[0\] < 2\)$/);
    expect(withFailureGuard('result[0] < 0.9')).toBe('len(result) > 0 && result[0] < 0.9');
    for (const guarded of ['isNaN(result[0]) || result[0] > 1', 'len(result) > 0 && result[0] > 1', 'result > 1'])
      expect([withSuccessGuard(guarded), withFailureGuard(guarded)], guarded).toEqual([undefined, undefined]);
  });

  it.each([
    ['result[0] >= 0.99', 'result[0] >= 0.975'],
    ['result[0] >= 99', 'result[0] >= 97.5'],
    ['result[0] < 0.05', 'result[0] < 0.025'],
    ['result <= 5', 'result <= 2.5'],
    ['result[0] < 500', undefined],
    ['result[0] > 0.1', undefined],
    ['len(result) == 0 || result[0] > 0.9', undefined],
  ])('the threshold %s at 2.5 %% errors is %s', (condition, wanted) => {
    expect(withThreshold(condition, 0.025)).toBe(wanted);
  });
});
