import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { expect, test } from 'vitest';
import { binomialUpperTail } from './proportion.ts';
import { segmentCounts } from './segment-counts.ts';

function series(seed: number, ...pieces: readonly (readonly [share: number, runs: number, n: number])[]) {
  const random = xoroshiro128plus(seed);
  return pieces.flatMap(([share, runs, n]) =>
    Array.from({ length: runs }, () => ({
      n,
      hits: Array.from({ length: n }).filter(() => uniformFloat64(random) < share).length,
    })),
  );
}

test('a change of share is cut at the right run, whatever the sizes of the runs', () => {
  for (let seed = 0; seed < 20; seed += 1) {
    const found = segmentCounts(series(seed, [0.1, 4, 3000], [0.1, 2, 2000], [0.15, 4, 3000]), 0.001);
    expect(found.map(({ from, to }) => [from, to])).toEqual([
      [0, 6],
      [6, 10],
    ]);
  }
});

test('outcomes: five passed and five failed are two levels, one failure among nine is none', () => {
  const outcomes = (text: string) => [...text].map((letter) => ({ n: 1, hits: letter === 'F' ? 1 : 0 }));
  expect(segmentCounts(outcomes('PPPPPFFFFF'), 0.01).map(({ from }) => from)).toEqual([0, 5]);
  expect(segmentCounts(outcomes('PPPPFPPPPP'), 0.01)).toEqual([{ from: 0, to: 10, hits: 1, n: 10 }]);
  expect(segmentCounts(outcomes('PPPPPPPPPP'), 0.01)).toHaveLength(1);
});

test('a constant series is cut no more often than stated', () => {
  const [trials, falseAlarm] = [400, 0.05];
  let alarms = 0;
  for (let seed = 0; seed < trials; seed += 1)
    if (segmentCounts(series(1000 + seed, [0.1, 12, 200]), falseAlarm).length > 1) alarms += 1;
  // were the rate as stated, so many alarms would come once in a million
  expect(binomialUpperTail(alarms, trials, falseAlarm)).toBeGreaterThan(1e-6);
});

test('nothing, one run, and runs without a request', () => {
  expect(segmentCounts([], 0.01)).toEqual([]);
  expect(segmentCounts([{ hits: 3, n: 10 }], 0.01)).toEqual([{ from: 0, to: 1, hits: 3, n: 10 }]);
  expect(
    segmentCounts(
      [
        { hits: 0, n: 0 },
        { hits: 0, n: 0 },
      ],
      0.01,
    ),
  ).toHaveLength(1);
});
