/** How many users a verdict on their share takes, and how they ask. Requests of one user are no independent ones: users are. */
import type { Assurance } from '../../documents/assurance.ts';
import { acceptanceSize } from '../../stats/inverted/fixed-sample.ts';
import { expectationOfArms, type SplitArm, validateSplitExpectation } from '../../verdict/split-expectation.ts';
import type { FeatureFlagsClaim } from './feature-flags-claim.ts';

/** As the share judge calls those who get the flag, and the others. */
export const ON = 'on';
export const OFF = 'off';
/** For users of whom nobody answers a request. */
const SPARE = 1.02;
const LOOKS = 2;
/** Times that every user asks: while it is as declared, when it is off, when it is on again, and while Unleash is away. */
export const ROUNDS = { declared: 2, off: 1, again: 1, away: 1 } as const;

export function flagArms(share: number): readonly SplitArm[] {
  return [
    { name: ON, share },
    { name: OFF, share: 1 - share },
  ];
}

/**
 * The size of one fixed sample: how long the load lasts is decided by toggles, and not by what is seen of the share.
 * @param claimed half-width of the accepted band, where the claim says it
 * @throws the usage errors of a share that the margin leaves no room around
 */
export function usersFor(share: number, claimed: number | undefined, assurance: Assurance): number {
  const expected = expectationOfArms(flagArms(share), assurance);
  const expectation = { ...expected, margin: claimed ?? expected.margin };
  validateSplitExpectation(expectation);
  const { margin, beta, lookEvery } = expectation;
  return Math.ceil(SPARE * acceptanceSize(share, margin, beta)) + LOOKS * lookEvery;
}

/** Requests and time of the load, without what Unleash itself takes. */
export function askedOf(
  { toggledWithinMs, servesLastKnown }: Pick<FeatureFlagsClaim, 'toggledWithinMs' | 'servesLastKnown'>,
  users: number,
  ratePerSecond: number,
): { readonly requests: number; readonly durationMs: number } {
  const { declared, off, again, away } = ROUNDS;
  const rounds = declared + off + again + (servesLastKnown ? away : 0);
  const waits = servesLastKnown ? 4 : 3;
  const durationMs = Math.ceil((rounds * users * 1000) / ratePerSecond) + waits * toggledWithinMs;
  return { requests: Math.ceil((durationMs * ratePerSecond) / 1000), durationMs };
}
