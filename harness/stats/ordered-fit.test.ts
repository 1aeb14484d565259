import { describe, expect, it } from 'vitest';
import { drawnVersion } from '../testkit/fakes/scripted-load.ts';
import { fewOf } from '../testkit/runner/thorough.ts';
import { fitInOrder } from './ordered-fit.ts';
import { segmentShares } from './segmentation.ts';

const LADDER = [0, 0.3, 0.4, 0.5, 1];
const isChange = (from: number, to: number) => to - from < 400;

function stream(pieces: readonly (readonly [share: number, n: number])[], seed: number): Uint8Array {
  const shares = pieces.flatMap(([share, n]) => Array<number>(n).fill(share));
  return Uint8Array.from(shares, (share, i) => (drawnVersion(share, seed)(i) === 'v2' ? 1 : 0));
}

const ladder = (n: number): [number, number][] => LADDER.map((share) => [share, n]);
const levelsOf = (hits: Uint8Array) => fitInOrder(hits, LADDER, { isChange })?.map(({ declared }) => declared);

describe('a known sequence of shares', () => {
  it('is found with a fifth of the requests that unknown ones take', () => {
    const streams = [1, 2].map((seed) => stream(ladder(1_500), seed));
    expect(streams.filter((hits) => levelsOf(hits)?.length === 5)).toHaveLength(2);
    expect(streams.filter((hits) => segmentShares(hits).length === 5)).toEqual([]);
  });

  it('is cut where its shares change', () => {
    const pieces = fitInOrder(stream(ladder(1_500), 3), LADDER, { isChange })!;
    for (const [i, { from }] of pieces.entries()) expect(Math.abs(from - i * 1_500)).toBeLessThan(400);
    expect(pieces.map(({ to }, i) => to === (pieces[i + 1]?.from ?? 7_500))).not.toContain(false);
  });

  it.each<[string, [number, number][]]>(
    fewOf(2, [
      ['a share is left out', ladder(1_500).toSpliced(2, 1)],
      ['a share is another one', ladder(1_500).with(2, [0.6, 1_500])],
      ['another share comes in between', ladder(1_500).toSpliced(3, 0, [0.1, 600], [0.4, 1_500])],
      ['it goes back', [...ladder(1_500), [0, 600]]],
      ['it stops short of its end', ladder(1_500).slice(0, 4)],
    ]),
  )('explains nothing where %s', (_, pieces) => {
    for (const seed of [1, 2]) expect(levelsOf(stream(pieces, seed))).toBeUndefined();
  });

  it('a short mixture at a change is the change', () => {
    const mixed = ladder(1_500).toSpliced(2, 0, [0.35, 100]);
    expect(levelsOf(stream(mixed, 1))).toEqual(LADDER);
  });

  it('one answer refutes a share of nothing, and too few requests say nothing', () => {
    const hits = stream([[0, 6_000]], 1);
    expect(fitInOrder(hits, [0], { isChange })).toHaveLength(1);
    hits[3_000] = 1;
    expect(fitInOrder(hits, [0], { isChange })).toBeUndefined();
    expect(fitInOrder(new Uint8Array(100), LADDER, { isChange })).toBeUndefined();
  });
});
