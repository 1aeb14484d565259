import { describe, expect, test } from 'vitest';
import { STRAINED_MS, strainedIntervals } from './strained-machine.ts';

/** Controls a second apart that took so long; undefined: not answered yet. */
const controls = (...tookMs: readonly (number | undefined)[]) =>
  tookMs.map((took, i) => ({
    sentMs: i * 1_000,
    endMs: took === undefined ? undefined : i * 1_000 + took,
    status: took === undefined ? 0 : 200,
  }));
const NOW_MS = 60_000;

describe('the machine could keep up', () => {
  test.each([
    ['where controls are answered at once', controls(8, 9, 8, 40, 8, 9, 22, 8)],
    [
      'where only two of five in a row are slow, as while pods start',
      controls(8, 900, 8, 900, 8, 8, 8, 900, 900, 8, 8),
    ],
    ['where all are nearly as slow as that', controls(...Array(9).fill(STRAINED_MS - 1))],
    ['where fewer than five were sent', controls(400, 400, 400, 400)],
    ['where none was', []],
  ])('%s', (_, samples) => {
    expect(strainedIntervals(samples, NOW_MS)).toEqual([]);
  });
});

describe('it could not', () => {
  test('where three of five in a row are slow, from the first of them to the end of the last', () => {
    expect(strainedIntervals(controls(8, 8, 120, 8, 300, 150, 8, 8, 8), NOW_MS)).toEqual([
      // 8 8 120 8 300 is not; 8 120 8 300 150 is, and so is 120 8 300 150 8
      { fromMs: 1_000, toMs: 6_008, why: 'most control requests took 120 ms and more, up to 120 ms' },
    ]);
  });

  test('for as long as it lasts: windows that touch are one', () => {
    const samples = controls(8, 8, ...Array(20).fill(250), 8, 8, 8, 8, 8);
    expect(strainedIntervals(samples, NOW_MS)).toEqual([
      expect.objectContaining({ fromMs: 0, why: expect.stringContaining('up to 250 ms') }),
    ]);
  });

  test('twice, with time between', () => {
    const samples = controls(...Array(6).fill(200), ...Array(12).fill(5), ...Array(6).fill(300));
    expect(strainedIntervals(samples, NOW_MS).map(({ fromMs }) => fromMs)).toEqual([0, 16_000]);
  });

  test('while controls are still waiting for their answers', () => {
    const samples = controls(8, 8, undefined, undefined, undefined);
    expect(strainedIntervals(samples, 4_050)).toEqual([]);
    expect(strainedIntervals(samples, 4_100)).toHaveLength(1);
  });
});
