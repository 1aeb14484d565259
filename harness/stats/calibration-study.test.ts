import { describe, expect, it } from 'vitest';
import { tableRow } from './calibrate.ts';
import { createCoin, errorLimit, runStudy } from './calibration-study.ts';

// what is measured with it: calibration.thorough.test.ts
describe('a calibration study', () => {
  it('allows as many errors as chance can make of a kept promise', () => {
    expect([errorLimit(10_000, 0.01), errorLimit(10_000, 0.001)]).toEqual([151, 28]);
    expect([errorLimit(100_000, 0.01), errorLimit(100_000, 0.001)]).toEqual([1153, 151]);
  });

  it('can fail: a procedure that errs twice as often as promised is caught', () => {
    const result = runStudy(
      { name: 'twice', nominal: 0.01, kind: 'guard', runs: 10_000, errs: (coin) => coin.hit(0.02) },
      1,
    );
    expect(result.asExpected).toBe(false);
    expect(tableRow(result)).toContain('BROKEN');
  });

  it('gives the same numbers for the same seed, and a fair coin', () => {
    const study = { name: 's', nominal: 0.5, kind: 'guard', runs: 2000, errs: createFair() } as const;
    expect(runStudy(study, 5)).toEqual(runStudy(study, 5));
    const coin = createCoin(9);
    const counts = [0, 0, 0];
    for (let i = 0; i < 3000; i += 1) counts[coin.below(3)]! += 1;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(130);
  });
});
function createFair() {
  return (coin: ReturnType<typeof createCoin>) => coin.hit(0.5);
}
