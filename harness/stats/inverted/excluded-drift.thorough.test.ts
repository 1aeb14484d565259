import { expect, it } from 'vitest';
import { createCoin } from '../calibration-study.ts';
import { excludedDrift } from './excluded-drift.ts';
import { unrefutedShares } from './refuted-shares.ts';

const [SHARE, MARGIN, BETA, RUNS, REQUESTS] = [0.1, 0.03, 0.05, 4000, 1500];

/** The coverage that is promised, measured: at a generous error rate, so that a broken one shows in 4,000 streams. */
it.each([0.1, 0.115, 0.13, 0.18])('a true share of %f is ever left out with probability at most beta', (truth) => {
  let missed = 0;
  for (let seed = 0; seed < RUNS; seed += 1) {
    const coin = createCoin(seed);
    let hits = 0;
    let above = 1 - SHARE;
    for (let n = 1; n <= REQUESTS; n += 1) {
      if (coin.hit(truth)) hits += 1;
      if (n % 20 === 0) above = excludedDrift({ share: SHARE, hits, n }, above, BETA, MARGIN);
    }
    if (SHARE + above <= truth) missed += 1;
  }
  // Four standard deviations of a count with that probability.
  expect(missed).toBeLessThanOrEqual(RUNS * BETA + 4 * Math.sqrt(RUNS * BETA * (1 - BETA)));
});

it('the shares that are not refuted at one n hold the truth with probability at least 1 - alpha', () => {
  let missed = 0;
  for (let seed = 0; seed < 1500; seed += 1) {
    const coin = createCoin(seed);
    let hits = 0;
    for (let n = 0; n < 400; n += 1) if (coin.hit(SHARE)) hits += 1;
    const { low, high } = unrefutedShares({ hits, n: 400, unknown: 0 }, SHARE, MARGIN, BETA);
    if (SHARE < low || SHARE > high) missed += 1;
  }
  expect(missed).toBeLessThanOrEqual(1500 * BETA + 4 * Math.sqrt(1500 * BETA * (1 - BETA)));
});
