import { describe, expect, it } from 'vitest';
import {
  betaLowerTail,
  betaQuantile,
  chiSquareLowerTail,
  chiSquareUpperTail,
  logGamma,
  normalQuantile,
  normalTwoSidedTail,
} from './special-functions.ts';

/** Relative error. */
const off = (got: number, want: number) => Math.abs(got / want - 1);

describe('special functions, against 60-digit reference values', () => {
  it('incomplete beta and its inverse', () => {
    expect(off(betaLowerTail(0.1, 1000, 9001), 0.504875916309)).toBeLessThan(1e-11);
    expect(off(betaQuantile(1e-6, 1000, 9001), 0.086309749797)).toBeLessThan(1e-10);
    // Symmetric: exactly one half.
    expect(off(betaLowerTail(0.5, 1e6, 1e6), 0.5)).toBeLessThan(1e-9);
  });

  it('normal quantile, also far out', () => {
    expect(off(normalQuantile(0.975), 1.959963984540054)).toBeLessThan(1e-14);
    expect(off(normalQuantile(1e-9), -5.997807015007687)).toBeLessThan(1e-12);
    expect(off(normalQuantile(1e-12), -7.034483825301131)).toBeLessThan(1e-12);
    expect(normalQuantile(0.5)).toBeCloseTo(0, 15);
    expect(normalTwoSidedTail(normalQuantile(0.975))).toBeCloseTo(0.05, 13);
  });

  it('chi-square tails and ln Gamma', () => {
    expect(chiSquareUpperTail(2 * Math.log(1e6), 2)).toBeCloseTo(1e-6, 18);
    expect(chiSquareUpperTail(3, 5) + chiSquareLowerTail(3, 5)).toBeCloseTo(1, 14);
    expect(chiSquareUpperTail(0, 3)).toBe(1);
    expect(chiSquareLowerTail(0, 3)).toBe(0);
    expect(off(logGamma(11), Math.log(3_628_800))).toBeLessThan(1e-15);
  });
});
