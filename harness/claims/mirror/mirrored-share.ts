/**
 * The share of mirrored requests before the sequential split judge. Pure.
 *
 * Only counts are known: how many requests were answered and how many of them the shadow saw, not which. A proxy draws for
 * every request by itself, and of independent draws with a given count every order is equally likely. So the labels of a
 * block are put into an order drawn at random (fixed seed): the judge then sees what it would have seen, and its error rates
 * hold. Blocks follow one another in time until it has decided.
 */

import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Assurance } from '../../documents/assurance.ts';
import { expectationOfArms } from '../../verdict/split-expectation.ts';
import { createSplitJudge, type SplitExpectation, type SplitVerdict } from '../../verdict/split-judge.ts';

const MIRRORED = 'mirrored';
const NOT_MIRRORED = 'not mirrored';
const SEED = 1;
/** The order is drawn, so no connection has requests of its own. */
const GROUPS = 20;

export function expectationOf(share: number, assurance: Assurance): SplitExpectation {
  const arms = [
    { name: MIRRORED, share },
    { name: NOT_MIRRORED, share: 1 - share },
  ];
  return expectationOfArms(arms, assurance);
}

export interface MirroredShare {
  /** @returns whether the judge has decided */
  add(block: { readonly answered: number; readonly mirrored: number }): boolean;
  conclude(): SplitVerdict;
}

export function createMirroredShare(share: number, assurance: Assurance): MirroredShare {
  const judge = createSplitJudge(expectationOf(share, assurance));
  const generator = xoroshiro128plus(SEED);
  let decided = false;
  let seen = 0;
  return {
    add({ answered, mirrored }) {
      let left = Math.min(mirrored, answered);
      for (let rest = answered; rest > 0 && !decided; rest -= 1) {
        const isMirrored = uniformInt(generator, 1, rest) <= left;
        if (isMirrored) left -= 1;
        seen += 1;
        decided = judge.observe(isMirrored ? MIRRORED : NOT_MIRRORED, String(seen % GROUPS)) !== undefined;
      }
      return decided;
    },
    conclude: () => judge.conclude(decided ? 'decided' : 'load-ended'),
  };
}
