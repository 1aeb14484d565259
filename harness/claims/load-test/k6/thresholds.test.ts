import { expect, test } from 'vitest';
import type { K6Metric } from './summary.ts';
import { thresholdsOf, thresholdWords } from './thresholds.ts';

const metric = (type: string, contains: string, values: K6Metric['values']) => (expression: string) =>
  thresholdsOf({ m: { type, contains, values, thresholds: { [expression]: { ok: true } } } })[0]!;

const rate = metric('rate', 'default', { rate: 0.01, passes: 1, fails: 99 });
const counter = metric('counter', 'default', { count: 0, rate: 0 });
const duration = metric('trend', 'time', { avg: 3, 'p(95)': 12.3456789 });
const free = metric('trend', 'default', { avg: 3 });
const gauge = metric('gauge', 'default', { value: 1, min: 0, max: 3 });

test.each(['rate<0.01', 'rate<=0.99', 'rate<1', 'rate>0', 'rate>=0.5', 'rate==0', 'rate!=1'])('%s can fail', (text) => {
  expect(rate(text).cannotFail).toBeUndefined();
});

test.each(['rate<=1', 'rate<1.5', 'rate>=0', 'rate!=2'])('%s cannot fail', (text) => {
  expect(rate(text).cannotFail).toBe('a rate is never outside of 0 to 1');
});

test('counters and durations are never below 0, other figures are what they are', () => {
  for (const one of [counter, duration]) expect(one('count>=0').cannotFail).toBe('its metric is never below 0');
  expect(counter('count<1').cannotFail).toBeUndefined();
  expect(duration('p(95)<500').cannotFail).toBeUndefined();
  expect(free('avg>=0').cannotFail).toBeUndefined();
  expect(gauge('value>=0').cannotFail).toBeUndefined();
});

test('without a sample k6 calls a rate kept, and a trend is 0', () => {
  expect(metric('rate', 'default', { rate: 0, passes: 0, fails: 0 })('rate>0.99').cannotFail).toBe(
    'its metric has no sample',
  );
  expect(metric('trend', 'time', { avg: 0, 'p(95)': 0 })('p(95)<500').cannotFail).toBe('its metric has no sample');
});

test('upper limits on durations are what late answers are held against', () => {
  expect(duration('p(95)<500').longestMs).toBe(500);
  expect(duration('max <= 750.5').longestMs).toBe(750.5);
  expect(duration('avg>5').longestMs).toBeUndefined();
  expect(rate('rate<0.01').longestMs).toBeUndefined();
});

test('figures are said where the summary has them', () => {
  expect(thresholdWords(duration('p(95)<500'))).toBe('m p(95)<500 (it was 12.3457)');
  expect(thresholdWords(duration('p(99)<500'))).toBe('m p(99)<500');
});
