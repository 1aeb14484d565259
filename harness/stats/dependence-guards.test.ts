import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { bettingWealth } from './betting-e-process.ts';
import { hitRunsPValues, homogeneityTest, pairsPValues, runsTest } from './dependence-guards.ts';

const GROUPS = 100;
const PER_GROUP = 50;

function table(drawHits: (group: number) => number): number[][] {
  return Array.from({ length: GROUPS }, (_, group) => {
    const hits = drawHits(group);
    return [hits, PER_GROUP - hits];
  });
}

describe('homogeneity over groups', () => {
  const random = xoroshiro128plus(7);
  const draw = (share: number) => (uniformFloat64(random) < share ? 1 : 0);
  const binomial = () => Array.from({ length: PER_GROUP }, () => draw(0.1)).reduce((sum: number, hit) => sum + hit, 0);

  it('is the textbook statistic', () => {
    // Two groups of 50: 10 and 20 hits; pooled share .3, X2 = 2 * (5^2 / (50 * .3 * .7)).
    const test = homogeneityTest([
      [10, 40],
      [20, 30],
    ]);
    expect(test?.statistic).toBeCloseTo(50 / 10.5, 12);
    expect(test?.degreesOfFreedom).toBe(1);
  });

  it('accepts independent requests, finds sticky ones and a round robin', () => {
    const independent = homogeneityTest(table(binomial))!;
    expect(independent.overdispersionPValue).toBeGreaterThan(1e-3);
    expect(independent.underdispersionPValue).toBeGreaterThan(1e-3);
    expect(independent.groups).toBe(GROUPS);
    const sticky = homogeneityTest(table((group) => (group % 10 === 0 ? PER_GROUP : 0)))!;
    expect(sticky.overdispersionPValue).toBeLessThan(1e-100);
    expect(sticky.intraclassCorrelation).toBeCloseTo(1, 1);
    const roundRobin = homogeneityTest(table(() => PER_GROUP / 10))!;
    expect(roundRobin.underdispersionPValue).toBeLessThan(1e-50);
    expect(roundRobin.designEffect).toBe(0);
  });

  it('has nothing to say about one arm, one group or tiny groups', () => {
    expect(homogeneityTest([[10], [20]])).toBeUndefined();
    expect(homogeneityTest([[10, 20]])).toBeUndefined();
    expect(homogeneityTest([])).toBeUndefined();
    expect(
      homogeneityTest([
        [1, 1],
        [2, 1],
        [0, 1],
      ]),
    ).toBeUndefined();
  });
});

describe('runs', () => {
  it('matches the reference values for two arms', () => {
    const test = runsTest([{ counts: [100, 900], runs: 150 }])!;
    expect(test.variance).toBeCloseTo(32.2523, 4);
    expect(test.z).toBeCloseTo(-5.4586, 4);
    expect(runsTest([{ counts: [100, 900], runs: 181 }])!.z).toBeCloseTo(0, 12);
  });

  it('has the exact mean and variance for three arms', () => {
    // All arrangements of 2 + 2 + 1 requests.
    const runs: number[] = [];
    const arrange = (left: number[], last: number, count: number) => {
      if (left.every((x) => x === 0)) runs.push(count);
      left.forEach((x, arm) => {
        if (x > 0) arrange(left.toSpliced(arm, 1, x - 1), arm, count + (arm === last ? 0 : 1));
      });
    };
    arrange([2, 2, 1], -1, 0);
    const mean = runs.reduce((a, b) => a + b, 0) / runs.length;
    const variance = runs.reduce((sum, r) => sum + (r - mean) ** 2, 0) / runs.length;
    const test = runsTest([{ counts: [2, 2, 1], runs: 0 }])!;
    expect(test.variance).toBeCloseTo(variance, 12);
    expect(-test.z * Math.sqrt(test.variance)).toBeCloseTo(mean, 12);
  });

  it('is exact for one arm: every arrangement counted', () => {
    const [hits, misses] = [4, 6];
    const histogram = new Map<number, number>();
    for (let mask = 0; mask < 1 << 10; mask += 1) {
      const bits = Array.from({ length: 10 }, (_, i) => (mask >> i) & 1);
      if (bits.filter((bit) => bit === 1).length !== hits) continue;
      const hitRuns = bits.filter((bit, i) => bit === 1 && bits[i - 1] !== 1).length;
      histogram.set(hitRuns, (histogram.get(hitRuns) ?? 0) + 1);
    }
    const all = [...histogram.values()].reduce((a, b) => a + b, 0);
    for (const observed of histogram.keys()) {
      const upTo = [...histogram].filter(([r]) => r <= observed).reduce((sum, [, count]) => sum + count, 0);
      const from = [...histogram].filter(([r]) => r >= observed).reduce((sum, [, count]) => sum + count, 0);
      const exact = hitRunsPValues(hits, misses, observed);
      expect(exact.together).toBeCloseTo(upTo / all, 9);
      expect(exact.alternating).toBeCloseTo(from / all, 9);
    }
    expect(hitRunsPValues(0, 5, 0)).toEqual({ together: 1, alternating: 1 });
  });

  it('finds a round robin of one in ten in a few hundred requests', () => {
    expect(hitRunsPValues(60, 540, 60).alternating).toBeLessThan(0.01);
    expect(hitRunsPValues(400, 3600, 400).alternating).toBeLessThan(1e-15);
  });
});

describe('pairs of neighbours', () => {
  it('is exact: every arrangement of five hits over six pairs counted', () => {
    const histogram = new Map<number, number>();
    let all = 0;
    for (let mask = 0; mask < 1 << 12; mask += 1) {
      const bits = Array.from({ length: 12 }, (_, i) => (mask >> i) & 1);
      if (bits.reduce((sum, bit) => sum + bit, 0) !== 5) continue;
      const mixed = [0, 2, 4, 6, 8, 10].filter((i) => bits[i] !== bits[i + 1]).length;
      histogram.set(mixed, (histogram.get(mixed) ?? 0) + 1);
      all += 1;
    }
    for (const mixed of [1, 3, 5]) {
      const upTo = [...histogram].filter(([d]) => d <= mixed).reduce((sum, [, count]) => sum + count, 0);
      const from = [...histogram].filter(([d]) => d >= mixed).reduce((sum, [, count]) => sum + count, 0);
      const both = (5 - mixed) / 2;
      const exact = pairsPValues(both, mixed, 6 - mixed - both);
      expect(exact.together).toBeCloseTo(upTo / all, 12);
      expect(exact.alternating).toBeCloseTo(from / all, 12);
    }
    expect(pairsPValues(0, 0, 9)).toEqual({ together: 1, alternating: 1 });
    expect(pairsPValues(9, 0, 0)).toEqual({ together: 1, alternating: 1 });
  });

  it('sees ten sticky users, two of them on the canary, after forty requests', () => {
    expect(pairsPValues(4, 0, 16).together).toBeLessThan(1e-4);
    expect(pairsPValues(0, 400, 1600).alternating).toBeLessThan(1e-9);
  });
});

describe('betting on cluster means', () => {
  const values = Array.from({ length: 10 }, () => [0, 0.2, 0.1, 0, 0.3, 0.1, 0, 0.1, 0.2, 0]).flat();

  it.each([
    [0.05, 6.9150641, -2.8165759],
    [0.1, -1.8537117, -0.1583098],
    [0.2, -20.6290419, 5.8846744],
  ])('matches the reference values at mean %f', (mean, plus, minus) => {
    const wealth = bettingWealth(values, mean, 0.05);
    expect(wealth.logPlus).toBeCloseTo(plus, 6);
    expect(wealth.logMinus).toBeCloseTo(minus, 6);
    expect(wealth.maxLogPlus).toBeGreaterThanOrEqual(wealth.logPlus);
    expect(wealth.maxLogMinus).toBeGreaterThanOrEqual(wealth.logMinus);
  });
});
