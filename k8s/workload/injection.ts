/**
 * Which requests are hit by a share: exactly, or by seeded chance.
 *
 * Deterministic: request k (1, 2, …) is hit iff ⌊k·e⌋ > ⌊(k−1)·e⌋, so every window of n consecutive requests holds ⌊n·e⌋
 * or ⌈n·e⌉ hits (and exactly n·e where that is whole). e is a ratio of whole numbers and is never rounded to binary:
 * adding the numerator and taking off the denominator on overflow is the same rule in whole numbers of bounded size.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** 0 ≤ hits ≤ per, per ≥ 1, both whole. */
export interface Ratio {
  readonly hits: number;
  readonly per: number;
}

/** Says for one request after the other whether it is hit. */
export type Injector = () => boolean;

/** A number is taken as parts per million; `undefined` when it is not a whole number of them within 0 to 1. */
export function ratioOfShare(share: number): Ratio | undefined {
  const millionths = Math.round(share * 1e6);
  if (!(share >= 0 && share <= 1) || Math.abs(share * 1e6 - millionths) > 1e-6) return undefined;
  return { hits: millionths, per: 1_000_000 };
}

/** `"22/2250"` as it stands; `undefined` when it is not a ratio within 0 to 1 of numbers up to 10⁹. */
export function ratioOfText(text: string): Ratio | undefined {
  const match = /^(\d{1,10})\/(\d{1,10})$/.exec(text);
  if (!match) return undefined;
  const ratio = { hits: Number(match[1]), per: Number(match[2]) };
  return ratio.per >= 1 && ratio.per <= 1e9 && ratio.hits <= ratio.per ? ratio : undefined;
}

export function deterministicInjector({ hits, per }: Ratio): Injector {
  let remainder = 0;
  return () => {
    remainder += hits;
    if (remainder < per) return false;
    remainder -= per;
    return true;
  };
}

export function randomInjector({ hits, per }: Ratio, generator: RandomGenerator): Injector {
  return () => uniformInt(generator, 0, per - 1) < hits;
}

/**
 * `count` generators from one seed whose sequences do not overlap: 2⁶⁴ steps apart each. The first is one jump away
 * from the raw seed, because the first outputs of similar small seeds resemble each other.
 */
export function seededGenerators(seed: number, count: number): RandomGenerator[] {
  const walker = xoroshiro128plus(seed);
  return Array.from({ length: count }, () => {
    walker.jump();
    return walker.clone();
  });
}
