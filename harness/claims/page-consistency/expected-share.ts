/** How many page loads are to break, and how many loads it takes to tell. Pure. */
import { limitCost } from '../../verdict/share-limit.ts';
import { costOfSplit } from '../../verdict/split-cost.ts';
import { ASSURANCE, type SplitExpectation } from '../../verdict/split-judge.ts';

/** A page load costs some hundred times what a request does, so every level of assurance has the rates of the first. */
export const { alpha: ALPHA, beta: BETA } = ASSURANCE.smoke;
const LOOK_EVERY = 20;
/** What a pass with a limit of 0 excludes. */
const LEAST_BROKEN = 0.02;

export type Expected =
  | { readonly kind: 'derived'; readonly share: number; readonly margin: number }
  | { readonly kind: 'at-most'; readonly share: number; readonly margin: number };

/**
 * Each request of a page is sent to a version by itself, so a page of version i is whole when all of its k assets come from
 * i too: 1 - Σ wᵢ·wᵢᵏ, which is Σ wᵢ·(1 - wᵢᵏ).
 *
 * @param shares of the versions, which sum to 1
 * @param assets requests beside the page itself
 */
export function derivedShare(shares: readonly number[], assets: number): number {
  return shares.reduce((sum, weight) => sum + weight * (1 - weight ** assets), 0);
}

export function expectedOf(broken: 'derived' | number, derived: number, margin: number): Expected {
  if (broken === 'derived') return { kind: 'derived', share: derived, margin };
  return { kind: 'at-most', share: broken, margin: broken === 0 ? LEAST_BROKEN : margin };
}

export const BROKEN = 'broken';
export const WHOLE = 'whole';

export function brokenExpectation({ share, margin }: Expected): SplitExpectation {
  const arms = [
    { name: BROKEN, share },
    { name: WHOLE, share: 1 - share },
  ];
  return { arms, margin, alpha: ALPHA, beta: BETA, lookEvery: LOOK_EVERY };
}

/** Page loads of one route: to the verdict when it is as expected, and at most. */
export function loadsOf(expected: Expected): { readonly least: number; readonly cap: number } {
  if (expected.kind === 'at-most') return limitCost({ limit: expected.share, margin: expected.margin, beta: BETA });
  const { passMean, cap } = costOfSplit(brokenExpectation(expected));
  return { least: Math.round(passMean), cap };
}
