import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countIn, HEAT_LEVELS, HEAT_ROWS, type HeatBin, heatLevel, heatRows, mergeHeatBins } from './heat-cells.ts';

const BOUNDS = Array.from({ length: 100 }, (_, index) => 1.1 ** index);
const bins = fc.array(
  fc.record({
    counts: fc.array(fc.nat(50), { minLength: 101, maxLength: 101 }),
    errors: fc.nat(9),
    p99: fc.option(fc.integer({ min: 1, max: 900 }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 60 },
);
const total = (list: readonly HeatBin[]) =>
  list.reduce((sum, { counts }) => sum + counts.reduce((a, b) => a + b, 0), 0);

test('merging keeps every request, every error and every moment, and quantiles only rise', () => {
  fc.assert(
    fc.property(bins, fc.integer({ min: 1, max: 70 }), (given, limit) => {
      const all: HeatBin[] = given.map(({ p99, ...bin }, index) => ({
        ...bin,
        startMs: index * 1000,
        endMs: (index + 1) * 1000,
        ...(p99 === undefined ? {} : { p99 }),
      }));
      const merged = mergeHeatBins(all, limit).bins;
      expect(merged.length).toBeLessThanOrEqual(limit);
      expect(total(merged)).toBe(total(all));
      expect(merged.reduce((sum, { errors }) => sum + errors, 0)).toBe(
        all.reduce((sum, { errors }) => sum + errors, 0),
      );
      expect([merged[0]?.startMs, merged.at(-1)?.endMs]).toEqual([0, all.length * 1000]);
      const highest = (list: readonly HeatBin[]) => Math.max(0, ...list.flatMap(({ p99 }) => p99 ?? []));
      expect(highest(merged)).toBe(highest(all));
    }),
    { numRuns: 30 },
  );
});

test('rows cover every count, at most 40, without gap', () => {
  fc.assert(
    fc.property(bins, (given) => {
      const list: HeatBin[] = given.map(({ counts, errors }) => ({ counts, errors, startMs: 0, endMs: 1 }));
      const rows = heatRows({ title: '', bounds: BOUNDS, tracks: [{ track: 'canary', bins: list }] });
      expect(rows.length).toBeLessThanOrEqual(HEAT_ROWS);
      const counted = list.reduce((sum, bin) => sum + rows.reduce((inner, row) => inner + countIn(bin, row), 0), 0);
      expect(counted).toBe(total(list));
      for (const [index, row] of rows.entries()) {
        expect(row.highMs).toBeGreaterThan(row.lowMs);
        const next = rows[index + 1];
        if (next !== undefined) expect([next.lowMs, next.from]).toEqual([row.highMs, row.to]);
      }
    }),
    { numRuns: 20 },
  );
});

test('nothing counted, no row; a single request has a shade, the most has the darkest', () => {
  expect(heatRows({ title: '', bounds: BOUNDS, tracks: [] })).toEqual([]);
  expect(heatRows({ title: '', bounds: [], tracks: [] })).toEqual([]);
  expect([heatLevel(0, 900), heatLevel(1, 1e6), heatLevel(900, 900)]).toEqual([0, 1, HEAT_LEVELS]);
});
