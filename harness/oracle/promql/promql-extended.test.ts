/** What the field uses beyond rates and quantiles; the real program is met in the contract test. */
import { describe, expect, it } from 'vitest';
import { evaluatePromql } from './evaluate-promql.ts';
import { seriesOf } from './needed-samples.ts';
import { parsePromql } from './parse-promql.ts';
import type { Point, Series } from './series.ts';

const of = (labels: Record<string, string>, valueOfScrape: (scrape: number) => number): Series => ({
  labels: { __name__: 'x_total', ...labels },
  points: Array.from({ length: 41 }, (_, scrape): Point => [scrape * 15_000, valueOfScrape(scrape)]),
});
const SERIES = [of({ pod: 'a-1' }, (scrape) => 3 * scrape), of({ pod: 'b-2' }, (scrape) => 100 - scrape)];

function ask(expression: string, timeMs = 600_000) {
  const value = evaluatePromql(parsePromql(expression), SERIES, timeMs);
  return value.type === 'vector' ? value.samples.map(({ labels, value: number }) => [labels, number] as const) : [];
}

describe('labels made of labels', () => {
  it('replaces, keeps what does not match, and drops what becomes empty', () => {
    expect(ask('sum by (app) (label_replace(x_total, "app", "$1", "pod", "(.)-.*"))')).toEqual([
      [{ app: 'a' }, 120],
      [{ app: 'b' }, 60],
    ]);
    expect(ask('label_replace(x_total, "app", "${n}!", "pod", "(?P<n>a)-1")').map(([labels]) => labels.app)).toContain(
      'a!',
    );
    expect(ask('label_replace(x_total, "app", "x", "pod", "a.*")').map(([labels]) => labels.app)).toEqual([
      'x',
      undefined,
    ]);
    expect(ask('label_replace(x_total{pod="a-1"}, "pod", "", "pod", ".*")')[0]![0]).toEqual({ __name__: 'x_total' });
    expect(ask('label_join(x_total{pod="a-1"}, "both", "/", "pod", "none", "pod")')[0]![0].both).toBe('a-1//a-1');
  });

  it('refuses to make two series one, as Prometheus does', () => {
    expect(() => ask('label_replace(x_total, "pod", "same", "pod", ".*")')).toThrow(
      expect.objectContaining({ code: 'PROMQL_EVALUATION' }),
    );
    expect(() => parsePromql('label_replace(x_total, "a", "b", "c", "(?=x)")')).toThrow(
      expect.objectContaining({ code: 'PROMQL_UNSUPPORTED' }),
    );
  });
});

describe('the largest, the smallest, the counted', () => {
  it('keeps labels and takes the best first', () => {
    expect(ask('topk(1, x_total)')).toEqual([[{ __name__: 'x_total', pod: 'a-1' }, 120]]);
    expect(ask('bottomk(5, x_total)').map(([, value]) => value)).toEqual([60, 120]);
    expect(ask('topk(0, x_total)')).toEqual([]);
    expect(ask('count_values("v", x_total > bool 0)')).toEqual([[{ v: '1' }, 2]]);
  });
});

describe('lines through points', () => {
  it('has the slope of a straight line, and continues it', () => {
    expect(ask('deriv(x_total{pod="a-1"}[5m])')[0]![1]).toBeCloseTo(0.2, 12);
    expect(ask('predict_linear(x_total{pod="a-1"}[5m], 60)')[0]![1]).toBeCloseTo(132, 9);
    expect(ask('deriv(x_total[15s])')).toEqual([]);
    expect(ask('stddev_over_time(x_total{pod="a-1"}[31s])')[0]![1]).toBeCloseTo(Math.sqrt(6), 12);
  });
});

describe('the modifier @', () => {
  it('fixes an instant, in seconds', () => {
    expect(ask('x_total{pod="a-1"} @ 300')[0]![1]).toBe(60);
    expect(ask('x_total{pod="a-1"} @ 300 offset 1m')[0]![1]).toBe(48);
    expect(ask('increase(x_total{pod="a-1"}[1m] @ 300)')[0]![1]).toBeCloseTo(12, 12);
  });

  it('means the instant of the whole query, also inside a subquery', () => {
    expect(ask('min_over_time(x_total{pod="a-1"}[5m:1m])')[0]![1]).toBe(72);
    expect(ask('min_over_time((x_total{pod="a-1"} @ end())[5m:1m])')[0]![1]).toBe(120);
  });

  it('reaches back from where it stands; a fixed instant is left to Prometheus', () => {
    expect(seriesOf('max_over_time((x_total @ start())[5m:1m])')[0]!.reachMs).toBe(300_000);
    expect(seriesOf('max_over_time(x_total[5m:1m])')[0]!.reachMs).toBe(600_000);
    expect(() => seriesOf('x_total @ 300')).toThrow(expect.objectContaining({ code: 'PROMQL_UNSUPPORTED' }));
  });
});
