/** Reference values of what PromQL does to a counter that is scraped every 15 s; the real program is met in the contract test. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluatePromql } from './evaluate-promql.ts';
import { parsePromql } from './parse-promql.ts';
import type { Point, Series } from './series.ts';

const SCRAPE_MS = 15_000;

/** One scrape every 15 s at 0, 15, 30 ... s; `valueAt(k)` is the k-th value. */
function scraped(labels: Record<string, string>, count: number, valueOfScrape: (scrape: number) => number): Series {
  const points = Array.from({ length: count }, (_, scrape): Point => [scrape * SCRAPE_MS, valueOfScrape(scrape)]);
  return { labels, points };
}

function valuesOf(expression: string, series: readonly Series[], timeMs: number): readonly number[] {
  const value = evaluatePromql(parsePromql(expression), series, timeMs);
  return value.type === 'vector' ? value.samples.map((sample) => sample.value) : [Number(value.value)];
}

const COUNTER = scraped({ __name__: 'requests_total' }, 41, (scrape) => 1000 + 150 * scrape); // 10 a second

describe('rates', () => {
  it.each([
    ['30s', 1],
    ['1m', 3],
    ['2m', 7],
    ['5m', 19],
  ])('a window of %s holds %i intervals of 15 s', (window, intervals) => {
    expect(valuesOf(`count_over_time(requests_total[${window}])`, [COUNTER], 590_000)).toEqual([intervals + 1]);
    expect(valuesOf(`rate(requests_total[${window}])`, [COUNTER], 590_000)[0]).toBeCloseTo(10, 12);
  });

  it('is empty when a window holds one scrape', () => {
    expect(valuesOf('rate(requests_total[15s])', [COUNTER], 590_000)).toEqual([]);
  });

  it('has windows that are open on the left', () => {
    expect(valuesOf('count_over_time(requests_total[30s])', [COUNTER], 60_000)).toEqual([2]);
    expect(valuesOf('count_over_time(requests_total[30s])', [COUNTER], 59_999)).toEqual([2]);
  });

  it('looks at the last 15 s with irate, however long its window', () => {
    const series = scraped({ __name__: 'x_total' }, 21, (scrape) => (scrape < 20 ? 10 * scrape : 490));
    expect(valuesOf('irate(x_total[5m])', [series], 301_000)).toEqual([20]);
  });

  it('never sees a burst inside the first scrape of a series', () => {
    const born: Series = {
      labels: { __name__: 'requests_total', code: '503' },
      points: [
        [30_000, 500],
        [45_000, 500],
        [60_000, 500],
      ],
    };
    expect(valuesOf('sum(increase(requests_total{code="503"}[1m]))', [born], 61_000)).toEqual([0]);
  });

  it('extrapolates no further than the zero of a counter', () => {
    const young: Series = {
      labels: { __name__: 'x_total' },
      points: [
        [50_000, 1],
        [65_000, 31],
      ],
    };
    // 30 in 15 s; zero is 0.5 s before the first sample, and 5 s are missing at the end.
    expect(valuesOf('increase(x_total[2m])', [young], 70_000)[0]).toBeCloseTo((30 * 20.5) / 15, 12);
  });

  it('adds up over resets', () => {
    const series = scraped({ __name__: 'x_total' }, 9, (scrape) => (scrape < 4 ? 100 + scrape : scrape - 4));
    expect(valuesOf('resets(x_total[5m])', [series], 120_000)).toEqual([1]);
    // 3 before the reset and 4 after it, of which the first is lost in it, over 105 of 105 s
    expect(valuesOf('increase(x_total[2m] )', [series], 120_001)[0]).toBeGreaterThan(5.9);
  });

  it('of a ratio cancels the extrapolation', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 300_000, max: 590_000 }),
        (bad, all, timeMs) => {
          const series = [
            scraped({ __name__: 'requests_total', code: '200' }, 41, (scrape) => 1e6 + all * scrape),
            scraped({ __name__: 'requests_total', code: '503' }, 41, (scrape) => 1e6 + bad * scrape),
          ];
          const [share] = valuesOf(
            'sum(rate(requests_total{code="503"}[2m])) / sum(rate(requests_total[2m]))',
            series,
            timeMs,
          );
          expect(share).toBeCloseTo(bad / (bad + all), 12);
        },
      ),
    );
  });

  it('of no request is NaN, and of an unknown label nothing', () => {
    const still = scraped({ __name__: 'requests_total', code: '200' }, 41, () => 7);
    expect(valuesOf('sum(rate(requests_total[1m])) / sum(rate(requests_total[1m]))', [still], 590_000)).toEqual([
      Number.NaN,
    ]);
    expect(valuesOf('sum(rate(requests_total{version="v9"}[1m]))', [still], 590_000)).toEqual([]);
  });
});

describe('a duration in PromQL', () => {
  const ratio = (scrape: number) => (scrape >= 10 && scrape < 20 ? 0.06 : 0.01);
  const series = [scraped({ __name__: 'error_share' }, 41, ratio)];

  it('"above 5 % for 2 min" holds once every step of 2 min says so', () => {
    const expression = 'min_over_time((error_share > bool 0.05)[2m:15s]) == 1';
    const first = Array.from({ length: 600 }, (_, second) => second).find(
      (second) => valuesOf(expression, series, second * 1000).length === 1,
    );
    expect(first).toBe(150 + 105); // from 150 s on; the eighth step of 15 s is 105 s later
    expect(valuesOf(expression, series, 240_000)).toEqual([]);
  });
});

describe('histogram_quantile over Istio buckets', () => {
  const BOUNDS = [
    '0.5',
    '1',
    '5',
    '10',
    '25',
    '50',
    '100',
    '250',
    '500',
    '1000',
    '2500',
    '5000',
    '10000',
    '30000',
    '+Inf',
  ];

  function p95(latencies: readonly number[]): number {
    const series = BOUNDS.map(
      (le): Series => ({
        labels: { __name__: 'duration_bucket', le },
        points: [[0, latencies.filter((latency) => latency <= Number(le.replace('+Inf', 'Infinity'))).length]],
      }),
    );
    return valuesOf('histogram_quantile(0.95, duration_bucket)', series, 1000)[0]!;
  }

  it.each([
    [251, 487.5],
    [501, 975],
    [101, 242.5],
  ])('all at %i ms reads as %d', (latency, expected) => {
    expect(p95(Array.from({ length: 1000 }, () => latency))).toBeCloseTo(expected, 9);
  });

  it('decides p95 <= 500 without interpolation error, because 500 is a bound', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1200 }), { minLength: 20, maxLength: 200 }), (latencies) => {
        const within = latencies.filter((latency) => latency <= 500).length;
        expect(p95(latencies) <= 500 + 1e-9).toBe(within >= 0.95 * latencies.length - 1e-9);
      }),
    );
  });

  it('forces counts that fall to rise, and ignores noise of 1e-12', () => {
    const buckets = (counts: readonly number[]) =>
      counts.map(
        (count, index): Series => ({
          labels: { __name__: 'b', le: ['1', '2', '4', '+Inf'][index]! },
          points: [[0, count]],
        }),
      );
    expect(valuesOf('histogram_quantile(0.5, b)', buckets([10, 4, 20, 20]), 1)).toEqual([1]);
    expect(valuesOf('histogram_quantile(0.9, b)', buckets([10, 4, 20, 20]), 1)[0]).toBeCloseTo(2 + 2 * 0.8, 12);
    expect(valuesOf('histogram_quantile(0.5, b)', buckets([10, 10 - 1e-12, 10, 10]), 1)).toEqual([0.5]);
    expect(valuesOf('histogram_quantile(0.5, b)', buckets([0, 0, 0, 0]), 1)).toEqual([Number.NaN]);
  });
});
