import { describe, expect, it } from 'vitest';
import { rangeQuery, samplesOf, seriesOf } from './needed-samples.ts';

describe('seriesOf', () => {
  it('names every selector once, with its longest reach', () => {
    expect(
      seriesOf('sum(rate(req{code=~"5.."}[1m])) / sum(rate(req[2m] offset 30s)) + scalar(rate(req{code=~"5.."}[5m]))'),
    ).toEqual([
      { selector: 'req{code=~"5.."}', reachMs: 300_000, isInstant: false },
      { selector: 'req', reachMs: 150_000, isInstant: false },
    ]);
  });

  it('adds up through subqueries, and gives instant selectors their look-back', () => {
    expect(seriesOf('min_over_time((sum(rate(a[1m])) > bool 0.05)[2m:15s]) and up{job="x"} offset 1m')).toEqual([
      { selector: 'a', reachMs: 180_000, isInstant: false },
      { selector: 'up{job="x"}', reachMs: 360_000, isInstant: true },
    ]);
  });

  it('makes the query for the raw samples', () => {
    const [needed] = seriesOf('rate({__name__=~"a|b",path="\\\\d\\"x"}[90s])');
    expect(rangeQuery(needed!, 2000)).toBe('{__name__=~"a|b",path="\\\\d\\"x"}[92000ms]');
  });
});

describe('samplesOf', () => {
  const answer = (values: [number, string][]) => ({
    status: 'success',
    data: { resultType: 'matrix', result: [{ metric: { __name__: 'a', x: '1' }, values }] },
  });

  it('unites answers of one series and keeps odd values', () => {
    expect(
      samplesOf(
        answer([
          [1700000000.123, '1.5'],
          [1700000015.1, 'NaN'],
        ]),
        answer([
          [1700000000.123, '1.5'],
          [1699999990, '+Inf'],
        ]),
      ),
    ).toEqual([
      {
        labels: { __name__: 'a', x: '1' },
        points: [
          [1699999990000, Number.POSITIVE_INFINITY],
          [1700000000123, 1.5],
          [1700000015100, Number.NaN],
        ],
      },
    ]);
  });

  it('refuses anything else', () => {
    expect(() => samplesOf({ status: 'success', data: { resultType: 'vector', result: [] } })).toThrow(
      expect.objectContaining({ code: 'ORACLE_SAMPLES', exitCode: 5 }),
    );
  });
});
