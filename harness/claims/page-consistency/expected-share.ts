/** How many page loads are to break, and how many loads it takes to tell. Pure. */
import { limitCost } from '../../verdict/share-limit.ts';
import { costOfSplit } from '../../verdict/split-cost.ts';
import { ASSURANCE, type SplitExpectation } from '../../verdict/split-judge.ts';

/** A page load costs some hundred times what a request does, so every level of assurance has the rates of the first. */
export const { alpha: ALPHA, beta: BETA } = ASSURANCE.smoke;
const LOOK_EVERY = 20;
/** What a pass with a limit of 0 excludes. */
const LEAST_BROKEN = 0.02;
const USERS_MARGIN = ASSURANCE.smoke.margin;

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

/** Half of the smallest share at most: with more, nobody at all would pass for that share. */
export function usersMargin(shares: readonly number[]): number {
  return Math.min(USERS_MARGIN, ...shares.filter((share) => share > 0).map((share) => share / 2));
}

export function usersExpectation(
  arms: readonly { readonly version: string; readonly share: number }[],
): SplitExpectation {
  return {
    arms: arms.map(({ version, share }) => ({ name: version, share })),
    margin: usersMargin(arms.map(({ share }) => share)),
    ...{ alpha: ALPHA, beta: BETA, lookEvery: LOOK_EVERY },
  };
}

/** @param users whose shares are judged with the same loads */
export function loadsOf(
  expected: Expected,
  users: { readonly shares: readonly number[]; readonly margin: number } | undefined,
): { readonly least: number; readonly cap: number } {
  const broken =
    expected.kind === 'at-most'
      ? limitCost({ limit: expected.share, margin: expected.margin, beta: BETA })
      : atLeast(brokenExpectation(expected));
  if (!users || users.shares.length < 2) return broken;
  const arms = users.shares.map((share, index) => ({ version: `${index}`, share }));
  const split = atLeast(usersExpectation(arms));
  return { least: Math.max(broken.least, split.least), cap: Math.max(broken.cap, split.cap) };
}

function atLeast(expectation: SplitExpectation) {
  const { passMean, cap } = costOfSplit(expectation);
  return { least: Math.round(passMean), cap };
}
