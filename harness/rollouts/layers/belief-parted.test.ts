import { expect, test } from 'vitest';
import { beliefParted, wrongWeights } from './belief-parted.ts';
import { evidenceOf, STEPS, type Step } from './layers-fixture.ts';

const parted = (writes: readonly Step[], beliefs = STEPS) => wrongWeights(evidenceOf({ writes, beliefs }));
const without = (dropped: number, ...more: readonly Step[]): readonly Step[] =>
  [...STEPS.filter(([, weight], i) => i === 0 || weight !== dropped), ...more].toSorted(([a], [b]) => a - b);

test.each<[string, readonly Step[], readonly object[]]>([
  ['writes what it believes', STEPS, []],
  ['is told of a little late, of both', STEPS.map(([from, weight]) => [from + 2, weight]), []],
  ['freezes the VirtualService', [[0, 0]], [10, 25, 50].map((believed) => ({ believed, lastedMs: 27_000 }))],
  ['writes other weights', without(25, [40, 35]), [{ believed: 25, atMs: 40_000 }]],
  ['is late', without(10, [18, 10]), [{ believed: 10, atMs: 10_000, lastedMs: 7_900 }]],
  ['flips back', without(-1, [55, 10]), [{ believed: 25, atMs: 54_900 }]],
  ['never goes back to 0', STEPS.slice(0, 4), [{ believed: 0, atMs: 100_000 }]],
  [
    'is overwritten again and again',
    [
      ...STEPS,
      ...[44, 46, 48].flatMap((from): readonly Step[] => [
        [from, 0],
        [from + 1, 25],
      ]),
    ].toSorted(([a], [b]) => a - b),
    [{ believed: 25, atMs: 43_900, untilMs: 44_900, lastedMs: 3_000 }],
  ],
])('a controller that %s', (_, writes, expected) => {
  expect(parted(writes)).toMatchObject(expected);
});

test('a belief that lasts too short to be compared says nothing', () => {
  expect(
    parted(
      [[0, 0]],
      [
        [0, 0],
        [10, 10],
        [12, 0],
      ],
    ),
  ).toEqual([]);
});

test('a write that only the watch was told of late is nobody’s fault: clients had it in time', () => {
  const late = without(10, [18, 10]);
  expect(beliefParted(evidenceOf({ writes: late, got: STEPS }))).toEqual([]);
  expect(beliefParted(evidenceOf({ writes: late, got: late }))).toMatchObject([{ atMs: 10_000 }]);
});

test('a write that the API server kept in time was in time, whenever the watch told of it', () => {
  const evidence = evidenceOf({ writes: without(10, [18, 10]) });
  const weights = evidence.watch.weights.map((seen) => (seen.weight === 10 ? { ...seen, writtenMs: 11_000 } : seen));
  expect(beliefParted({ ...evidence, watch: { ...evidence.watch, weights } })).toEqual([]);
});

test('without clients the two records are all there is', () => {
  const evidence = { ...evidenceOf({ writes: [[0, 0]] }), clients: [] };
  expect(beliefParted(evidence)).toHaveLength(3);
});
