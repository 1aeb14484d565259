/**
 * Which candidate to ask next, and what the answers so far say. Pure: no runs, no clock.
 *
 * The two ends are asked first, because everything in between rests on them. Then the halves: among candidates whose
 * programs are there while any of them lies inside of the bracket, so that a release is only built when no other one can
 * narrow it further. A candidate that could not be decided is passed over, as `git bisect skip` does.
 */

/** What a run of one candidate said of the claim; `undecided` after it was run again. */
export type Answer = 'passed' | 'failed' | 'undecided';

/** In the order in which they came to be; the first is said to be good, the last to be bad. */
export interface Asked {
  /** Whether it can be run without a build. */
  readonly isBuilt: boolean;
  readonly answer: Answer | undefined;
}

/** A failure that a later candidate does not have: the answers are not those of one change that stayed. */
export interface Flip {
  readonly failed: number;
  readonly passedLater: number;
}

/** Indices are places in the list of candidates. */
export type SearchEnd =
  | { readonly kind: 'first-failed'; readonly lastPassed: number; readonly firstFailed: number }
  /** The candidates between the two could not be decided: any of them, or `firstFailed`, may be the first. */
  | {
      readonly kind: 'narrowed';
      readonly lastPassed: number;
      readonly firstFailed: number;
      readonly undecided: readonly number[];
    }
  | { readonly kind: 'good-fails'; readonly index: number }
  | { readonly kind: 'bad-passes'; readonly index: number }
  | { readonly kind: 'end-undecided'; readonly index: number };

export type SearchStep =
  | { readonly kind: 'ask'; readonly index: number; readonly left: number }
  | { readonly kind: 'ended'; readonly end: SearchEnd };

/**
 * @param candidates at least two
 * @throws RangeError for fewer
 */
export function nextStep(candidates: readonly Asked[]): SearchStep {
  if (candidates.length < 2) throw new RangeError('a search needs two candidates at least');
  const last = candidates.length - 1;
  const ends = cheapestFirst(candidates, [last, 0]);
  for (const index of ends) {
    const { answer } = candidates[index]!;
    if (answer === undefined) return { kind: 'ask', index, left: stepsFrom(candidates) };
    if (answer === 'undecided') return ended({ kind: 'end-undecided', index });
    if (index === 0 && answer === 'failed') return ended({ kind: 'good-fails', index });
    if (index === last && answer === 'passed') return ended({ kind: 'bad-passes', index });
  }
  const { lastPassed, firstFailed } = bracketOf(candidates);
  const inside = indices(candidates).slice(lastPassed + 1, firstFailed);
  const open = inside.filter((index) => candidates[index]!.answer === undefined);
  const built = open.filter((index) => candidates[index]!.isBuilt);
  const index = median(built.length > 0 ? built : open);
  if (index !== undefined) return { kind: 'ask', index, left: stepsFrom(candidates) };
  if (inside.length === 0) return ended({ kind: 'first-failed', lastPassed, firstFailed });
  return ended({ kind: 'narrowed', lastPassed, firstFailed, undecided: inside });
}

/** Every failure before a pass, each with the nearest pass behind it. */
export function flipsIn(answers: readonly (Answer | undefined)[]): readonly Flip[] {
  return answers.flatMap((answer, failed) => {
    if (answer !== 'failed') return [];
    const passedLater = answers.indexOf('passed', failed + 1);
    return passedLater === -1 ? [] : [{ failed, passedLater }];
  });
}

/**
 * The change that the last candidate still has: between the last pass and the first failure behind it. Failures before
 * that pass were over again by then.
 */
function bracketOf(candidates: readonly Asked[]): { readonly lastPassed: number; readonly firstFailed: number } {
  const answers = candidates.map(({ answer }) => answer);
  const lastPassed = Math.max(0, answers.lastIndexOf('passed'));
  const failed = answers.indexOf('failed', lastPassed + 1);
  return { lastPassed, firstFailed: failed === -1 ? candidates.length - 1 : failed };
}

/** Of two equally good ones the later is asked: what is reported to be broken is mostly new. */
function median(places: readonly number[]): number | undefined {
  return places[Math.floor(places.length / 2)];
}

/** What is built goes first: its answer may end the search. */
function cheapestFirst(candidates: readonly Asked[], places: readonly number[]): readonly number[] {
  return places.toSorted((a, b) => Number(candidates[b]!.isBuilt) - Number(candidates[a]!.isBuilt));
}

/** How many more have to be asked at most, if every one can be decided. */
function stepsFrom(candidates: readonly Asked[]): number {
  const last = candidates.length - 1;
  const ends = [0, last].filter((index) => candidates[index]!.answer === undefined).length;
  const { lastPassed, firstFailed } = bracketOf(candidates);
  const open = candidates.slice(lastPassed + 1, firstFailed).map(({ answer, isBuilt }) => ({ answer, isBuilt }));
  // first among the built ones, then in the widest gap between two of them
  const builtOnes = open.filter(({ answer, isBuilt }) => answer === undefined && isBuilt).length;
  let widest = 0;
  let gap = 0;
  for (const { answer, isBuilt } of open) {
    if (answer === undefined && isBuilt) gap = 0;
    else if (answer === undefined) gap += 1;
    widest = Math.max(widest, gap);
  }
  return ends + halvings(builtOnes) + halvings(widest);
}

/** Questions that find one of n + 1 places. */
function halvings(n: number): number {
  return Math.ceil(Math.log2(n + 1));
}

function indices(list: readonly unknown[]): readonly number[] {
  return list.map((_, index) => index);
}

function ended(end: SearchEnd): SearchStep {
  return { kind: 'ended', end };
}
