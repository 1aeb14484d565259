import { expect, test } from 'vitest';
import { differenceOfShares } from './difference-of-shares.ts';
import { seededUniform } from './samples/sample-rollout-schedule.ts';

test('Newcombe 1998, table II: 56/70 against 48/80, 95 %, method 10 gives [0.0524, 0.3339]', () => {
  const found = differenceOfShares({ share: 48 / 80, n: 80 }, { share: 56 / 70, n: 70 }, 0.05);
  expect(found?.difference).toBeCloseTo(0.2, 10);
  expect(found?.low).toBeCloseTo(0.0524, 4);
  expect(found?.high).toBeCloseTo(0.3339, 4);
  expect(found?.withinNoise).toBe(false);
});

test('nothing seen, nothing compared; swapping the runs mirrors the interval', () => {
  expect(differenceOfShares({ share: 0, n: 0 }, { share: 0.1, n: 9 }, 0.01)).toBeUndefined();
  const [a, b] = [
    { share: 0.1, n: 3000 },
    { share: 0.12, n: 900 },
  ];
  const there = differenceOfShares(a, b, 0.01);
  const back = differenceOfShares(b, a, 0.01);
  expect(there?.low).toBeCloseTo(-(back?.high ?? 0), 12);
  expect(differenceOfShares({ share: 0, n: 50 }, { share: 0, n: 70 }, 0.01)?.withinNoise).toBe(true);
});

test('equal true shares are called different about as often as stated, and a real drift is found', () => {
  const random = seededUniform(5);
  const draw = (share: number, n: number) => {
    let count = 0;
    for (let i = 0; i < n; i += 1) if (random() < share) count += 1;
    return { share: count / n, n };
  };
  let alarms = 0;
  let found = 0;
  for (let run = 0; run < 400; run += 1) {
    if (!differenceOfShares(draw(0.1, 2000), draw(0.1, 1500), 0.05)?.withinNoise) alarms += 1;
    if (!differenceOfShares(draw(0.1, 4000), draw(0.15, 4000), 0.01)?.withinNoise) found += 1;
  }
  // 400 runs at 5 %: 20 expected; 8 to 36 holds 99.8 % of the binomial
  expect(alarms).toBeGreaterThanOrEqual(8);
  expect(alarms).toBeLessThanOrEqual(36);
  expect(found).toBeGreaterThanOrEqual(396);
});
