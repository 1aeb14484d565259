import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fewOf, thorough } from '../../harness/testkit/runner/thorough.ts';
import { deterministicInjector, randomInjector, ratioOfShare, ratioOfText, seededGenerators } from './injection.ts';

const anyRatio = fc
  .integer({ min: 1, max: 1_000_000_000 })
  .chain((per) => fc.record({ hits: fc.integer({ min: 0, max: per }), per: fc.constant(per) }));

describe('deterministic injection', () => {
  thorough('hits request k iff floor(k e) > floor((k-1) e), in exact arithmetic', () => {
    fc.assert(
      fc.property(anyRatio, fc.integer({ min: 1, max: 400 }), (ratio, requests) => {
        const injector = deterministicInjector(ratio);
        const [hits, per] = [BigInt(ratio.hits), BigInt(ratio.per)];
        for (let k = 1n; k <= BigInt(requests); k++) {
          expect(injector()).toBe((k * hits) / per > ((k - 1n) * hits) / per);
        }
      }),
    );
  });

  it.each(
    fewOf(2, [
      [0.01, 2250, [22, 23]],
      [0.05, 450, [22, 23]],
      ['22/2250', 2250, [22]],
      ['23/2250', 2250, [23]],
      [1, 10, [10]],
      [0, 10, [0]],
    ]),
  )('share %s in any window of %i requests gives %j errors', (share, window, expected) => {
    const ratio = typeof share === 'string' ? ratioOfText(share) : ratioOfShare(share);
    if (!ratio) throw new Error('not a ratio');
    const injector = deterministicInjector(ratio);
    const hits = Array.from({ length: 3 * window }, () => (injector() ? 1 : 0) as number);
    const seen = new Set<number>();
    for (let start = 0; start + window <= hits.length; start++)
      seen.add(hits.slice(start, start + window).reduce((a, b) => a + b, 0));
    expect([...seen].sort((a, b) => a - b)).toEqual(expected);
  });
});

describe('shares as ratios', () => {
  it('takes every whole number of parts per million, whatever its binary form', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (ppm) => {
        expect(ratioOfShare(ppm / 1e6)).toEqual({ hits: ppm, per: 1_000_000 });
      }),
    );
  });

  it.each([-0.1, 1.000001, Number.NaN, Number.POSITIVE_INFINITY, 1 / 3, 0.0000005])('refuses %s', (share) => {
    expect(ratioOfShare(share)).toBeUndefined();
  });

  it.each(['3/2', '1/0', '-1/2', '0.1/2', '1/', '/1', '1/2000000000', ' 1/2', '1e3/2e3'])('refuses %j', (text) => {
    expect(ratioOfText(text)).toBeUndefined();
  });
});

describe('random injection', () => {
  it('repeats for the same seed and differs for another', () => {
    const draw = (seed: number) => {
      const [generator] = seededGenerators(seed, 1);
      const injector = randomInjector({ hits: 1, per: 2 }, generator!);
      return Array.from({ length: 64 }, injector).join();
    };
    expect(draw(7)).toBe(draw(7));
    expect(draw(7)).not.toBe(draw(8));
  });

  it('keeps the share, and its first draw does not depend on how small the seed is', () => {
    const n = 20_000;
    const [generator] = seededGenerators(1, 1);
    const injector = randomInjector({ hits: 50_000, per: 1_000_000 }, generator!);
    const errors = Array.from({ length: n }, injector).filter(Boolean).length;
    // 5 standard deviations: sqrt(20000 * .05 * .95) = 30.8
    expect(Math.abs(errors - n * 0.05)).toBeLessThan(155);
    const first = Array.from({ length: n }, (_, seed) => {
      const [fresh] = seededGenerators(seed, 1);
      return randomInjector({ hits: 1, per: 20 }, fresh!)();
    }).filter(Boolean).length;
    expect(Math.abs(first - n * 0.05)).toBeLessThan(155);
  });

  it('gives independent generators from one seed', () => {
    const [a, b] = seededGenerators(3, 2);
    const [left, right] = [randomInjector({ hits: 1, per: 2 }, a!), randomInjector({ hits: 1, per: 2 }, b!)];
    const equal = Array.from({ length: 4000 }, () => left() === right()).filter(Boolean).length;
    expect(Math.abs(equal - 2000)).toBeLessThan(5 * Math.sqrt(1000));
  });
});
