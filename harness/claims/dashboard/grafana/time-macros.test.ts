import { expect, test } from 'vitest';
import { intervalMs, intervalsOf, type QueryTimes, replaceMacros } from './time-macros.ts';

const TIMES: QueryTimes = {
  ...{
    rangeMs: 60_000,
    scrape: undefined,
    panelInterval: undefined,
    minStep: undefined,
    maxDataPoints: 1_000,
    intervalFactor: 1,
  },
};

test.each<[string, Partial<QueryTimes>, number, number]>([
  // public/app and promlib tests of Grafana: four scrapes at least, or the interval and one more
  ['nothing said: 15 s and a minute', {}, 15_000, 60_000],
  ['a data source that is scraped every 5 s', { scrape: '5s' }, 5_000, 20_000],
  ['a step of the query, which stands for the scrapes, too', { scrape: '5s', minStep: '1m' }, 60_000, 240_000],
  ['a lowest interval of the panel', { scrape: '5s', panelInterval: '30s' }, 30_000, 35_000],
  ['$__rate_interval as the step', { scrape: '5s', minStep: '$__rate_interval' }, 20_000, 20_000],
  ['a range so long that points lie further apart', { rangeMs: 6 * 3_600_000, maxDataPoints: 500 }, 30_000, 60_000],
  ['few points', { maxDataPoints: 1 }, 60_000, 75_000],
  ['every second step', { scrape: '5s', intervalFactor: 2 }, 10_000, 20_000],
])('%s', (_, change, stepMs, rateIntervalMs) => {
  expect(intervalsOf({ ...TIMES, ...change })).toMatchObject({ stepMs, rateIntervalMs });
});

test('macros in either spelling, the longer name first', () => {
  const intervals = { stepMs: 15_000, rateIntervalMs: 60_000, rangeMs: 90_500 };
  expect(
    replaceMacros(
      '$__interval ${__interval} $__interval_ms $__range $__range_s $__range_ms $__rate_interval ${__rate_interval_ms}',
      intervals,
    ),
  ).toBe('15s 15s 15000 91s 91 90500 60s 60000');
});

test('lengths', () => {
  expect(['>15s', '1m', '500ms', '30', 'auto', '1h'].map(intervalMs)).toEqual([
    15_000,
    60_000,
    500,
    30_000,
    undefined,
    3_600_000,
  ]);
});
