import { describe, expect, it } from 'vitest';
import { drawnVersion } from '../../testkit/fakes/scripted-load.ts';
import { fewOf, thorough } from '../../testkit/runner/thorough.ts';
import { reconstructSteps } from './step-timeline.ts';

const START_MS = Date.UTC(2026, 0, 2);
const PER_SECOND = 200;

/** 200 requests a second; `pieces`: share of the canary and how many seconds it lasts. */
function stream(pieces: readonly (readonly [share: number, seconds: number])[], seed = 1) {
  const shares = pieces.flatMap(([share, seconds]) => Array<number>(seconds * PER_SECOND).fill(share));
  const hits = Uint8Array.from(shares, (share, i) => (drawnVersion(share, seed)(i) === 'v2' ? 1 : 0));
  const startsMs = Float64Array.from(shares, (_, i) => START_MS + (i * 1000) / PER_SECOND);
  return { hits, startsMs };
}

const DECLARED = [0, 0.1, 0.25, 0.5, 1];
const codes = (pieces: Parameters<typeof stream>[0], seed?: number) => {
  const { hits, startsMs } = stream(pieces, seed);
  return reconstructSteps(hits, startsMs, DECLARED).problems.map(({ code }) => code);
};

describe('reconstructSteps', () => {
  it.each(fewOf(1, [1, 2]))('finds the declared steps and where they change (seed %i)', (seed) => {
    const { hits, startsMs } = stream(
      [
        [0, 5],
        [0.1, 30],
        [0.25, 30],
        [0.5, 30],
        [1, 5],
      ],
      seed,
    );
    const { steps, changes, problems } = reconstructSteps(hits, startsMs, DECLARED);
    expect(problems).toEqual([]);
    expect(steps.map(({ level }) => level)).toEqual(DECLARED);
    const truth = [5, 35, 65, 95].map((s) => START_MS + s * 1000);
    changes.forEach((change, i) => {
      expect(change.lowMs).toBeLessThanOrEqual(truth[i]!);
      expect(change.highMs).toBeGreaterThanOrEqual(truth[i]!);
      expect(change.highMs - change.lowMs).toBeLessThan(2_000);
    });
    expect(changes).toHaveLength(4);
  });

  thorough('names a step that was skipped', () => {
    expect(
      codes([
        [0, 5],
        [0.1, 30],
        [0.5, 30],
        [1, 5],
      ]),
    ).toEqual(['STEP_MISSING']);
  });

  thorough('names a weight that never arrived', () => {
    expect(
      codes([
        [0, 5],
        [0.1, 60],
        [1, 5],
      ]),
    ).toEqual(['STEP_MISSING', 'STEP_MISSING']);
    expect(codes([[0, 60]])).toEqual(['STEP_MISSING', 'STEP_MISSING', 'STEP_MISSING', 'STEP_MISSING', 'STEP_END']);
  });

  describe('of a rollout that was given up', () => {
    const given = (pieces: Parameters<typeof stream>[0]) => {
      const { hits, startsMs } = stream(pieces);
      return reconstructSteps(hits, startsMs, DECLARED, { aborted: true }).problems.map(({ code }) => code);
    };

    it('names no step that the abort left out, and not the way back', () => {
      const gaveUpAt25: Parameters<typeof stream>[0] = [
        [0, 5],
        [0.1, 30],
        [0.25, 30],
        [0, 10],
      ];
      expect(given(gaveUpAt25)).toEqual([]);
      expect(codes(gaveUpAt25)).toEqual(['STEP_OUT_OF_ORDER', 'STEP_MISSING', 'STEP_MISSING', 'STEP_END']);
      expect(given([[0, 30]])).toEqual([]);
    });

    it.each([
      {
        what: 'a step that was skipped on the way',
        pieces: [
          [0, 5],
          [0.25, 30],
          [0, 10],
        ],
        problems: ['STEP_MISSING'],
      },
      {
        what: 'clients that stay with the canary',
        pieces: [
          [0, 5],
          [0.1, 30],
          [0.25, 40],
        ],
        problems: ['STEP_END'],
      },
      {
        what: 'a share that nothing declares on the way back',
        pieces: [
          [0, 5],
          [0.25, 30],
          [0.7, 20],
          [0, 10],
        ],
        problems: ['STEP_MISSING', 'STEP_UNDECLARED'],
      },
    ] as const)('still names $what', ({ pieces, problems }) => {
      expect(given(pieces).toSorted()).toEqual(problems);
    });
  });

  describe('where a route holds requests back for 3 s', () => {
    const held = (pieces: Parameters<typeof stream>[0], slowMs: number) => {
      const { hits, startsMs } = stream(pieces);
      return reconstructSteps(hits, startsMs, DECLARED, { slowMs }).problems.map(({ code }) => code);
    };
    const mixed: Parameters<typeof stream>[0] = [
      [0, 5],
      [0.1, 30],
      [0.25, 30],
      [0.5, 30],
      [0.7, 3],
      [1, 20],
    ];

    it('takes the answers of both sides for the change', () => {
      expect(held(mixed, 3_020)).toEqual([]);
      expect(held(mixed, 20)).toEqual(['STEP_UNDECLARED']);
    });

    it('still names a share that no mixture of both sides has, and one that lasts', () => {
      const outside = [...mixed.slice(0, 2), [0.7, 3] as const, ...mixed.slice(2, 4), [1, 20] as const];
      expect(held(outside, 3_020)).toEqual(['STEP_UNDECLARED']);
      const lasting = mixed.map(([share, seconds]) => [share, share === 0.7 ? 8 : seconds] as const);
      expect(held(lasting, 3_020)).toEqual(['STEP_UNDECLARED']);
    });
  });

  it('names a wrong level', () => {
    expect(
      codes([
        [0, 5],
        [0.1, 30],
        [0.33, 30],
        [0.5, 30],
        [1, 5],
      ]),
    ).toEqual(['STEP_UNDECLARED', 'STEP_MISSING']);
  });

  it('names a weight that went back, and an end that is not the declared one', () => {
    expect(
      codes([
        [0, 5],
        [0.1, 30],
        [0.25, 30],
        [0, 5],
      ]),
    ).toEqual(['STEP_OUT_OF_ORDER', 'STEP_MISSING', 'STEP_MISSING', 'STEP_END']);
  });

  it('one canary answer refutes a weight of nothing', () => {
    const { hits, startsMs } = stream([[0, 30]]);
    hits[3000] = 1;
    expect(reconstructSteps(hits, startsMs, [0]).problems.map(({ code }) => code)).toEqual([
      'STEP_UNDECLARED',
      'STEP_MISSING',
      'STEP_END',
    ]);
  });

  thorough('a short mixture between two levels is the change itself', () => {
    expect(
      codes([
        [0, 5],
        [0.1, 30],
        [0.18, 1],
        [0.25, 30],
        [0.5, 30],
        [1, 5],
      ]),
    ).toEqual([]);
  });

  it('says so when nobody named himself', () => {
    expect(reconstructSteps(new Uint8Array(), new Float64Array(), DECLARED).problems[0]?.code).toBe('STEP_MISSING');
  });
});
