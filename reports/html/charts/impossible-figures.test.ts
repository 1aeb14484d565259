import { scaleLog } from 'd3-scale';
import { expect, test } from 'vitest';
import { heatTableRows } from './heat-map-chart.ts';
import { logTicks } from './latency-scale.ts';

test.each([
  [0, 10],
  [1, Number.POSITIVE_INFINITY],
  [Number.NaN, 10],
])('an axis from %d to %d has no ticks, and drawing it comes to an end', (low, high) => {
  expect(logTicks(scaleLog([low, high], [0, 100]))).toEqual([]);
});

test('a time that no date holds is told as unknown', () => {
  const bins = [{ startMs: 1e300, endMs: 2e300, counts: [1, 0], errors: 0 }];
  const rows = heatTableRows({ title: 'latency', bounds: [1], tracks: [{ track: 'stable', bins }] }, 10);
  expect(rows[0]?.[1]).toBe('unknown time');
});
