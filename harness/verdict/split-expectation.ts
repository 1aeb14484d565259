/** What a split promises, with which certainty it is to be judged, and which promises cannot be judged at all. */
import type { Assurance } from '../documents/assurance.ts';
import { usageError } from '../errors/harness-error.ts';

export interface SplitArm {
  readonly name: string;
  /** Declared share of the requests, 0 to 1. */
  readonly share: number;
}

export interface SplitExpectation {
  /** At least one; shares sum to 1. */
  readonly arms: readonly SplitArm[];
  /** Half-width of the accepted band around each share, such as 0.02 for two points. */
  readonly margin: number;
  /** P(failed | the split is exactly as declared). */
  readonly alpha: number;
  /** P(passed | some share is off by the margin or more). */
  readonly beta: number;
  /** The evidence is weighed every so many requests. */
  readonly lookEvery: number;
  /**
   * How shares are accepted. `sequential` (default): at any look, so that a load can end with its verdict. `fixed-sample`:
   * once, at a number of requests that is known beforehand or where the stretch ends, whichever comes first; for
   * stretches that nobody ends early. Refutation is sequential in both.
   */
  readonly design?: 'sequential' | 'fixed-sample';
}

/** Margin and error rates of the three assurance levels. */
export const ASSURANCE: Readonly<
  Record<Assurance, { readonly margin: number; readonly alpha: number; readonly beta: number }>
> = {
  smoke: { margin: 0.05, alpha: 1e-3, beta: 1e-3 },
  default: { margin: 0.02, alpha: 1e-6, beta: 1e-3 },
  nightly: { margin: 0.01, alpha: 1e-6, beta: 1e-6 },
};

/** A leak into an arm of weight zero that a pass excludes: the margin, but never more than one request in a hundred. */
export function leakLimit(expectation: SplitExpectation): number {
  return Math.min(expectation.margin, 0.01);
}

interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/**
 * Throws one usage error that names every problem found; its code is that of the first:
 * SPLIT_ARMS, SPLIT_SHARES, SPLIT_MARGIN, SPLIT_ERROR_RATES, SPLIT_LOOKS.
 */
export function validateSplitExpectation(expectation: SplitExpectation): void {
  const problems = [
    ...armProblems(expectation.arms),
    ...marginProblems(expectation),
    ...rateProblems(expectation),
    ...lookProblems(expectation.lookEvery),
  ];
  const first = problems[0];
  if (!first) return;
  throw usageError(first.code, problems.map((problem) => problem.message).join('; '), {
    hint: problems.map((problem) => problem.hint).join(' '),
  });
}

function armProblems(arms: readonly SplitArm[]): Problem[] {
  const problems: Problem[] = [];
  if (arms.length === 0) {
    problems.push({
      code: 'SPLIT_ARMS',
      message: 'a split needs at least one arm',
      hint: 'Declare arms like v1=90,v2=10.',
    });
    return problems;
  }
  const names = arms.map((arm) => arm.name);
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  if (names.includes('')) {
    problems.push({
      code: 'SPLIT_ARMS',
      message: 'an arm has an empty name',
      hint: 'Name every arm as it names itself.',
    });
  }
  if (twice.length > 0) {
    problems.push({
      code: 'SPLIT_ARMS',
      message: `arm ${[...new Set(twice)].join(', ')} is declared more than once`,
      hint: 'Give each arm one weight.',
    });
  }
  const outside = arms.filter((arm) => !(arm.share >= 0 && arm.share <= 1));
  const sum = arms.reduce((total, arm) => total + arm.share, 0);
  if (outside.length > 0) {
    const list = outside.map((arm) => `${arm.name}=${arm.share}`).join(', ');
    problems.push({
      code: 'SPLIT_SHARES',
      message: `shares must lie between 0 and 1: ${list}`,
      hint: 'Check the weights.',
    });
  } else if (Math.abs(sum - 1) > 1e-9) {
    problems.push({
      code: 'SPLIT_SHARES',
      message: `the shares sum to ${Number((sum * 100).toPrecision(12))} %, not to 100 %`,
      hint: 'Make the weights sum to 100.',
    });
  }
  return problems;
}

function marginProblems({ arms, margin }: SplitExpectation): Problem[] {
  if (!(margin > 0 && margin < 1)) {
    return [
      {
        code: 'SPLIT_MARGIN',
        message: `the margin must lie between 0 and 1: ${margin}`,
        hint: 'Use 0.02 for two points.',
      },
    ];
  }
  const tight = arms.filter((arm) => arm.share > 0 && arm.share < 1 && margin >= Math.min(arm.share, 1 - arm.share));
  if (tight.length === 0) return [];
  const least = Math.min(...tight.map((arm) => Math.min(arm.share, 1 - arm.share)));
  const list = tight.map((arm) => `${arm.name} (${Number((arm.share * 100).toPrecision(12))} %)`).join(', ');
  return [
    {
      code: 'SPLIT_MARGIN',
      message: `a margin of ${margin} leaves no room around ${list}: no traffic, or all of it, would pass as that share`,
      hint: `Choose a margin of at most ${Number((least / 2).toPrecision(3))}; it will take more requests.`,
    },
  ];
}

function rateProblems({ alpha, beta }: SplitExpectation): Problem[] {
  return Object.entries({ alpha, beta })
    .filter(([, rate]) => !(rate > 0 && rate < 1))
    .map(([name, rate]) => ({
      code: 'SPLIT_ERROR_RATES',
      message: `${name} is a probability and must lie between 0 and 1, both excluded: ${rate}`,
      hint: `Use 0.001 or smaller for ${name}.`,
    }));
}

function lookProblems(lookEvery: number): Problem[] {
  if (Number.isSafeInteger(lookEvery) && lookEvery >= 1) return [];
  return [
    { code: 'SPLIT_LOOKS', message: `lookEvery must be a whole number of requests: ${lookEvery}`, hint: 'Use 20.' },
  ];
}

/**
 * The margin of the assurance, but never more than half of the smallest share between nothing and all: else no traffic, or
 * all of it, would pass as that share.
 */
export function marginAround(shares: readonly number[], assurance: Assurance): number {
  const open = shares.map((share) => Math.min(share, 1 - share)).filter((share) => share > 0);
  // 1 - 0.9 is not 0.1 in binary
  return Math.min(ASSURANCE[assurance].margin, ...open.map((share) => Number((share / 2).toPrecision(12))));
}

const LOOK_EVERY = 20;

/** What the arms that Git declares promise to clients. */
export function expectationOf(
  split: { readonly arms: readonly { readonly version: string; readonly share: number }[] },
  assurance: Assurance,
): SplitExpectation {
  return expectationOfArms(
    split.arms.map(({ version, share }) => ({ name: version, share })),
    assurance,
  );
}

export function expectationOfArms(arms: readonly SplitArm[], assurance: Assurance): SplitExpectation {
  const shares = arms.map(({ share }) => share);
  return { arms, ...ASSURANCE[assurance], margin: marginAround(shares, assurance), lookEvery: LOOK_EVERY };
}
