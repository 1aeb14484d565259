import { describe, expect, it } from 'vitest';
import {
  windowsMs,
  withFailureGuard,
  withLasting,
  withLeastTraffic,
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

describe('few requests, and what lasts', () => {
  it('a quotient is empty below a rate, or a count, of its denominator', () => {
    expect(withLeastTraffic(RATIO, 40)).toBe('sum(rate(a{code!~"[45]..|a/b"}[1m])) / (sum(rate(a[5m])) >= 0.133)');
    expect(withLeastTraffic('sum(b) / sum(increase(a[1m]))', 40)).toBe('sum(b) / (sum(increase(a[1m])) >= 40)');
    for (const other of [
      'sum(rate(a[1m]))',
      'a / b',
      'a[1m] / b',
      'a / rate(b[1m]) > 0.5',
      'a / (rate(b[1m]) > 2)',
      'a / )',
    ])
      expect(withLeastTraffic(other, 40), other).toBeUndefined();
  });

  const lasting = (query: string, condition: string, success = true) =>
    withLasting(query, { condition, success }, { window: '1m', stepMs: 15_000 });

  it('the best of a time is judged, whatever the condition says of it', () => {
    expect(lasting('a / b', 'result[0] >= 0.99')).toBe('max_over_time((a / b)[1m:15s])');
    expect(lasting('a / b', 'result[0] < 0.05')).toBe('min_over_time((a / b)[1m:15s])');
    expect(lasting('a / b', 'result[0] < 0.95', false)).toBe('max_over_time((a / b)[1m:15s])');
    expect(withLasting('a', { condition: 'result > 1', success: true }, { window: '1m', stepMs: 500 })).toBe(
      'max_over_time((a)[1m:500ms])',
    );
    for (const [query, condition] of [
      ['max_over_time(a[5m])', 'result[0] > 1'],
      ['a', 'len(result) == 0'],
      ['a / )', 'result[0] > 1'],
    ] as const)
      expect(lasting(query, condition), query).toBeUndefined();
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
