/** Calibration of everything that is about dependence between requests, times of change, quantiles and error shares. */
import { bettingWealth } from './betting-e-process.ts';
import type { Coin, Study } from './calibration-study.ts';
import { changeTime } from './change-time.ts';
import { alarmThreshold, createCumulativeSum } from './cumulative-sum.ts';
import { hitRunsPValues, homogeneityTest, pairsPValues, runsTest } from './dependence-guards.ts';
import { quantileRanks } from './order-statistic-interval.ts';
import { segmentShares } from './segmentation.ts';
import { createTwoProportionProcess } from './two-proportion-e-process.ts';

/** Hits per cluster; `correlation` is the intraclass correlation: each request copies its cluster's coin or not. */
export function clusteredHits(
  coin: Coin,
  clusters: number,
  size: number,
  share: number,
  correlation: number,
): number[] {
  const copies = Math.sqrt(correlation);
  return Array.from({ length: clusters }, () => {
    const common = coin.hit(share);
    let hits = 0;
    for (let i = 0; i < size; i += 1) if (coin.hit(copies) ? common : coin.hit(share)) hits += 1;
    return hits;
  });
}

function bettingAlarm(coin: Coin, clusters: number, correlation: number, alpha: number): boolean {
  const means = clusteredHits(coin, clusters, 20, 0.1, correlation).map((hits) => hits / 20);
  const wealth = bettingWealth(means, 0.1, alpha);
  return Math.max(wealth.maxLogPlus, wealth.maxLogMinus) >= Math.log(2 / alpha);
}

function homogeneityAlarm(coin: Coin, level: number): boolean {
  const test = homogeneityTest(clusteredHits(coin, 100, 50, 0.1, 0).map((hits) => [hits, 50 - hits]));
  return test !== undefined && Math.min(test.overdispersionPValue, test.underdispersionPValue) < level;
}

function pairsAlarm(coin: Coin, level: number): boolean {
  const seen = [0, 0, 0];
  for (let pair = 0; pair < 300; pair += 1) seen[(coin.hit(0.1) ? 1 : 0) + (coin.hit(0.1) ? 1 : 0)]! += 1;
  const test = pairsPValues(seen[2]!, seen[1]!, seen[0]!);
  return Math.min(test.together, test.alternating) < level;
}

function sequence(coin: Coin, pieces: readonly (readonly [share: number, length: number])[]): Uint8Array {
  const hits = new Uint8Array(pieces.reduce((sum, [, length]) => sum + length, 0));
  let i = 0;
  for (const [share, length] of pieces) for (let k = 0; k < length; k += 1, i += 1) hits[i] = coin.hit(share) ? 1 : 0;
  return hits;
}

function startOrderAlarm(coin: Coin, level: number): boolean {
  const hits = sequence(coin, [[0.1, 2000]]);
  let [count, runs] = [0, 0];
  hits.forEach((hit, i) => {
    count += hit;
    if (hit === 1 && hits[i - 1] !== 1) runs += 1;
  });
  const test = hitRunsPValues(count, hits.length - count, runs);
  return Math.min(test.together, test.alternating) < level;
}

function pooledRunsAlarm(coin: Coin, level: number): boolean {
  const sequences = Array.from({ length: 40 }, () => {
    const hits = sequence(coin, [[0.1, 200]]);
    const runs = hits.reduce((sum, hit, i) => sum + (i === 0 || hit !== hits[i - 1] ? 1 : 0), 0);
    const count = hits.reduce((sum, hit) => sum + hit, 0);
    return { counts: [count, hits.length - count], runs };
  });
  return (runsTest(sequences)?.pValue ?? 1) < level;
}

function changeMissed(coin: Coin, before: number, after: number, confidence: number): boolean {
  const length = 1500;
  const found = changeTime(
    sequence(coin, [
      [before, length],
      [after, length],
    ]),
    before,
    after,
    confidence,
  );
  return found.low > length || found.high < length;
}

function cumulativeSumAlarm(coin: Coin, alpha: number): boolean {
  const alarm = createCumulativeSum(0.1, 0.25, alarmThreshold(5000, alpha));
  for (let i = 0; i < 5000; i += 1) if (alarm.observe(coin.hit(0.1))) return true;
  return false;
}

function quantileMissed(coin: Coin): boolean {
  // The number of values at or below the true quantile decides whether the rank interval covers it.
  const { low, high } = quantileRanks(1000, 0.95, 0.99);
  let below = 0;
  for (let i = 0; i < 1000; i += 1) if (coin.hit(0.95)) below += 1;
  return (low !== undefined && below < low) || (high !== undefined && below >= high);
}

function errorShareAlarm(coin: Coin, alpha: number): boolean {
  const process = createTwoProportionProcess(10, 90);
  const errors = (n: number) => Array.from({ length: n }, () => coin.hit(0.02)).filter(Boolean).length;
  for (let block = 0; block < 30; block += 1) {
    if (process.observeBlock(errors(10), errors(90)) >= Math.log(1 / alpha)) return true;
  }
  return false;
}

export function dependenceStudies(scale: number): readonly Study[] {
  const study = (name: string, nominal: number, runs: number, errs: Study['errs']): Study => ({
    name,
    nominal,
    kind: 'guard',
    runs: Math.round(runs * scale),
    errs,
  });
  return [
    study('betting on 100 cluster means, sticky (ρ=1), exact share: failed', 0.01, 4000, (c) =>
      bettingAlarm(c, 100, 1, 0.01),
    ),
    study('betting on 100 cluster means, ρ=0.2, exact share: failed', 0.01, 4000, (c) =>
      bettingAlarm(c, 100, 0.2, 0.01),
    ),
    study('homogeneity guard trips on independent requests (100×50)', 2e-3, 4000, (c) => homogeneityAlarm(c, 1e-3)),
    study('start-order runs guard trips on independent requests', 2e-3, 4000, (c) => startOrderAlarm(c, 1e-3)),
    study('within-group pairs guard trips on independent requests', 2e-3, 4000, (c) => pairsAlarm(c, 1e-3)),
    study('pooled runs test rejects independent requests', 2e-3, 1000, (c) => pooledRunsAlarm(c, 2e-3)),
    study('95 % change-time set misses 10→25', 0.05, 2000, (c) => changeMissed(c, 0.1, 0.25, 0.95)),
    study('95 % change-time set misses 25→50', 0.05, 2000, (c) => changeMissed(c, 0.25, 0.5, 0.95)),
    study('95 % change-time set misses 50→100', 0.05, 2000, (c) => changeMissed(c, 0.5, 1, 0.95)),
    study('99 % change-time set misses 10→15', 0.01, 2000, (c) => changeMissed(c, 0.1, 0.15, 0.99)),
    study('CUSUM 10→25 alarms within 5,000 requests without a change', 0.01, 2000, (c) => cumulativeSumAlarm(c, 0.01)),
    study(
      'segmentation cuts a constant stream of 3,000',
      0.01,
      60,
      (c) => segmentShares(sequence(c, [[0.1, 3000]]), { mostBlocks: 600 }).length > 1,
    ),
    study('99 % rank interval of p95 misses, n=1,000', 0.01, 4000, quantileMissed),
    study('equal error shares found to differ (30 blocks of 10+90)', 0.01, 2000, (c) => errorShareAlarm(c, 0.01)),
  ];
}
