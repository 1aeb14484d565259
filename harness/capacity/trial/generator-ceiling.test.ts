import { expect, it } from 'vitest';
import { GeneratorCeiling } from './generator-ceiling.ts';

/** All rates tried alone before the subject gets `rate`. */
function askFor(ceiling: GeneratorCeiling, rate: number, truth: number): readonly number[] {
  const tried: number[] = [];
  for (let next = ceiling.next(rate); next !== undefined; next = ceiling.next(rate)) {
    tried.push(next);
    ceiling.observe(next, next <= truth);
  }
  return tried;
}

it('tries four times as much as is asked for, never more than the highest rate of the search', () => {
  const ceiling = new GeneratorCeiling(1000);
  expect(askFor(ceiling, 50, Infinity)).toEqual([200]);
  expect(askFor(ceiling, 200, Infinity)).toEqual([]);
  expect(askFor(ceiling, 400, Infinity)).toEqual([1000]);
  expect([ceiling.carriedRate, ceiling.failedRate]).toEqual([1000, undefined]);
});

it('goes down to what is asked for, and no further', () => {
  const ceiling = new GeneratorCeiling(10_000);
  expect(askFor(ceiling, 100, 120)).toEqual([400, 200, 100]);
  expect(ceiling.carriedRate).toBe(100);
});

it('narrows the ceiling when more is asked for than it carries', () => {
  const ceiling = new GeneratorCeiling(10_000);
  askFor(ceiling, 300, 700);
  askFor(ceiling, 600, 700);
  askFor(ceiling, 1200, 700);
  expect(ceiling.carriedRate).toBeLessThanOrEqual(700);
  expect(ceiling.failedRate).toBeGreaterThan(700);
  expect(ceiling.failedRate! / ceiling.carriedRate).toBeLessThanOrEqual(1.25);
});

it('gives up on a generator that carries nothing', () => {
  const ceiling = new GeneratorCeiling(10_000);
  expect(askFor(ceiling, 100, 0).length).toBeLessThan(12);
  expect(ceiling.carriedRate).toBe(0);
});
