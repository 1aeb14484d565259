import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Answer, type Asked, flipsIn, nextStep, type SearchEnd } from './search.ts';

const P = 'passed';
const F = 'failed';
const U = 'undecided';

interface Search {
  readonly end: SearchEnd;
  readonly asked: readonly number[];
  /** Said before each question. */
  readonly left: readonly number[];
}

/** Asks until there is nothing to ask; what `truth` says is the answer. */
function search(truth: readonly Answer[], built: readonly boolean[] = [], known: readonly number[] = []): Search {
  const candidates: Asked[] = truth.map((answer, index) => ({
    isBuilt: built[index] ?? true,
    answer: known.includes(index) ? answer : undefined,
  }));
  const asked: number[] = [];
  const left: number[] = [];
  for (;;) {
    const step = nextStep(candidates);
    if (step.kind === 'ended') return { end: step.end, asked, left };
    if (asked.includes(step.index)) throw new Error(`asked ${step.index} twice`);
    asked.push(step.index);
    left.push(step.left);
    candidates[step.index] = { ...candidates[step.index]!, answer: truth[step.index] };
  }
}

const answers = (values: readonly Answer[]) =>
  fc.array(fc.constantFrom(...values), { minLength: 0, maxLength: 40 }).map((inner): Answer[] => [P, ...inner, F]);
const builtOnes = fc.array(fc.boolean(), { minLength: 61, maxLength: 61 });
const halvings = (n: number) => Math.ceil(Math.log2(n + 1));

describe('one change that stays', () => {
  const changes = fc.integer({ min: 1, max: 60 }).chain((size) =>
    fc.integer({ min: 1, max: size }).map((at) => ({
      at,
      truth: Array.from({ length: size + 1 }, (_, index): Answer => (index < at ? P : F)),
    })),
  );

  test('is found, in no more questions than halving takes, counted down', () => {
    fc.assert(
      fc.property(changes, ({ at, truth }) => {
        const { end, asked, left } = search(truth);
        expect(end).toEqual({ kind: 'first-failed', lastPassed: at - 1, firstFailed: at });
        expect(asked.length).toBeLessThanOrEqual(2 + halvings(truth.length - 2));
        for (const [index, said] of left.entries()) expect(said).toBeGreaterThanOrEqual(asked.length - index);
      }),
    );
  });

  test('builds no release while one that is there can narrow it, and then halves the gap', () => {
    fc.assert(
      fc.property(changes, builtOnes, ({ at, truth }, built) => {
        const { end, asked } = search(truth, built);
        expect(end).toMatchObject({ firstFailed: at });
        const inner = asked.slice(2);
        const firstBuild = inner.findIndex((index) => !built[index]);
        if (firstBuild !== -1) expect(inner.slice(firstBuild).some((index) => built[index])).toBe(false);
        const gap = gapAround(at, truth.length, built);
        expect(inner.filter((index) => !built[index]).length).toBeLessThanOrEqual(halvings(gap));
      }),
    );
  });

  function gapAround(at: number, size: number, built: readonly boolean[]): number {
    const isEdge = (index: number) => index === 0 || index === size - 1 || built[index] === true;
    let low = at - 1;
    while (!isEdge(low)) low -= 1;
    let high = at;
    while (!isEdge(high)) high += 1;
    return high - low - 1;
  }
});

describe('answers that are not those of one change', () => {
  test('whatever they are: what is found is a pass followed by a failure that was seen', () => {
    fc.assert(
      fc.property(answers([P, F]), builtOnes, (truth, built) => {
        const { end } = search(truth, built);
        if (end.kind !== 'first-failed') throw new Error(end.kind);
        expect(end.firstFailed).toBe(end.lastPassed + 1);
        expect([truth[end.lastPassed], truth[end.firstFailed]]).toEqual([P, F]);
      }),
    );
  });

  test('undecided ones are passed over, and named where they lie between', () => {
    fc.assert(
      fc.property(answers([P, F, U]), builtOnes, (truth, built) => {
        const { end } = search(truth, built);
        if (end.kind !== 'first-failed' && end.kind !== 'narrowed') throw new Error(end.kind);
        expect([truth[end.lastPassed], truth[end.firstFailed]]).toEqual([P, F]);
        const between = truth.slice(end.lastPassed + 1, end.firstFailed);
        expect(between.every((answer) => answer === U)).toBe(true);
        expect(between.length > 0).toBe(end.kind === 'narrowed');
        if (end.kind === 'narrowed') expect(end.undecided).toHaveLength(between.length);
      }),
    );
  });

  test('with answers of before, the change that the last one still has', () => {
    const { end, asked } = search([P, F, P, P, F], [], [0, 1, 2, 3, 4]);
    expect({ end, asked }).toEqual({ end: { kind: 'first-failed', lastPassed: 3, firstFailed: 4 }, asked: [] });
    expect(flipsIn([P, F, P, P, F])).toEqual([{ failed: 1, passedLater: 2 }]);
  });

  test('going on from any answers of before comes to an end that those answers allow', () => {
    const known = fc.uniqueArray(fc.integer({ min: 0, max: 41 }));
    fc.assert(
      fc.property(answers([P, F, U]), known, (truth, before) => {
        const { end, asked } = search(truth, [], before);
        expect(asked.filter((index) => before.includes(index))).toEqual([]);
        if (end.kind !== 'first-failed' && end.kind !== 'narrowed') throw new Error(end.kind);
        const later = before.filter((index) => index < truth.length && truth[index] === P);
        expect(end.lastPassed).toBeGreaterThanOrEqual(Math.max(0, ...later));
      }),
    );
  });

  test('no flip where every failure is behind every pass', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(20), (passes, failures) => {
        expect(flipsIn([...Array<Answer>(passes).fill(P), undefined, ...Array<Answer>(failures).fill(F)])).toEqual([]);
      }),
    );
  });
});

describe('ends that are not as they were said to be', () => {
  test.each<[readonly Answer[], SearchEnd]>([
    [[F, F, F], { kind: 'good-fails', index: 0 }],
    [[P, P, P], { kind: 'bad-passes', index: 2 }],
    [[U, P, F], { kind: 'end-undecided', index: 0 }],
    [[P, P, U], { kind: 'end-undecided', index: 2 }],
  ])('%j', (truth, end) => {
    const found = search(truth);
    expect(found.end).toEqual(end);
    expect(found.asked.length).toBeLessThanOrEqual(2);
  });

  test('the end that is built goes first: it may end the search without a build', () => {
    expect(search([F, P, F], [true, false, false]).asked).toEqual([0]);
    expect(search([P, P, P], [false, false, true]).asked).toEqual([2]);
  });

  test('one candidate is no search', () => {
    expect(() => nextStep([{ isBuilt: true, answer: P }])).toThrow(RangeError);
  });
});
