import { describe, expect, it } from 'vitest';
import { seededGenerators } from './injection.ts';
import { type Latency, latencySampler } from './latency.ts';

function sorted(latency: Latency, n = 20_000): number[] {
  const [generator] = seededGenerators(11, 1);
  return Array.from({ length: n }, latencySampler(latency, generator!)).sort((a, b) => a - b);
}
const quantile = (values: number[], p: number) => values[Math.floor(p * values.length)]!;

describe('latency', () => {
  it('is the same for every request when fixed', () => {
    expect(new Set(sorted(499.5, 10))).toEqual(new Set([499.5]));
  });

  it('is uniform between its bounds', () => {
    const values = sorted({ distribution: 'uniform', minMs: 100, maxMs: 300 });
    expect(values[0]).toBeGreaterThanOrEqual(100);
    expect(values.at(-1)).toBeLessThanOrEqual(300);
    expect(quantile(values, 0.25)).toBeCloseTo(150, -1);
    expect(quantile(values, 0.95)).toBeCloseTo(290, -1);
  });

  it('has the quantiles of an exponential, cut at the maximum', () => {
    const values = sorted({ distribution: 'exponential', meanMs: 100, maxMs: 250 });
    expect(quantile(values, 0.5) / (100 * Math.LN2)).toBeCloseTo(1, 1);
    expect(values.at(-1)).toBe(250);
    // P(X > 250) = exp(-2.5) = 8.2 %
    expect(values.filter((v) => v === 250).length / values.length).toBeCloseTo(Math.exp(-2.5), 2);
  });

  it('has the quantiles of a log-normal', () => {
    const values = sorted({ distribution: 'lognormal', medianMs: 50, sigma: 0.5, maxMs: 10_000 });
    expect(quantile(values, 0.5) / 50).toBeCloseTo(1, 1);
    // 95 % quantile of a standard normal is 1.6449
    expect(quantile(values, 0.95) / (50 * Math.exp(0.5 * 1.6449))).toBeCloseTo(1, 1);
    expect(values[0]).toBeGreaterThan(0);
  });
});
