import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CAPACITY_ASSURANCE } from '../../capacity/search/search-settings.ts';
import { removeOwnTree } from '../../process/remove-own-tree.ts';
import { openJournal, type PlantedRun } from './journal.ts';
import { allowedMisses, fateOf, nextRun, proofOf } from './score.ts';
import { questionOf, SYSTEMS } from './systems.ts';
import { runsTable, scoresTable, toldRun } from './table.ts';

const systemOf = (key: string) => SYSTEMS.find((system) => system.key === key)!;
const [poisson, paced, bucket, starved] = ['a-poisson', 'a-paced', 'c-bucket', 'f-starved'].map(systemOf) as [
  (typeof SYSTEMS)[number],
  (typeof SYSTEMS)[number],
  (typeof SYSTEMS)[number],
  (typeof SYSTEMS)[number],
];
const CONFIDENCE = 0.95;

const run = (change: Partial<PlantedRun> = {}): PlantedRun => ({
  ...{ of: 'x', system: 'a-poisson', number: 1, at: '2026-12-01T00:00:00.000Z', outcome: 'passed', sentence: 'said' },
  ...{ low: 295, high: 312, limitedBy: 'subject', truth: { low: 305, high: 305 }, seconds: 300 },
  ...{ codes: [], directories: [] },
  ...change,
});
const missed = run({ low: 306, high: 320 });
const far = run({ low: 405, high: 425 });
const runsOf = (...all: readonly PlantedRun[]) => all.map((one, i) => ({ ...one, number: i + 1 }));
const times = (count: number, one: PlantedRun) => Array.from({ length: count }, () => one);

describe('allowedMisses', () => {
  it('of twenty brackets at 95 % four may miss, of one all', () => {
    expect([1, 2, 20, 40, 300].map((runs) => allowedMisses(runs, 0.05))).toEqual([1, 1, 4, 6, 25]);
    expect([1, 20, 40].map((runs) => allowedMisses(runs, 0.02))).toEqual([1, 3, 4]);
    expect(allowedMisses(100, 0)).toBe(0);
  });
});

describe('fateOf', () => {
  it.each([
    [run(), 'inside'],
    [run({ outcome: 'inconclusive', limitedBy: 'budget' }), 'inside'],
    [missed, 'missed'],
    [far, 'far'],
    [run({ high: undefined }), 'open'],
    [run({ low: 320, high: undefined, limitedBy: 'generator' }), 'far'],
    [run({ low: undefined, high: undefined, outcome: 'inconclusive' }), 'open'],
    [run({ low: undefined, high: undefined, outcome: 'invalid' }), 'invalid'],
  ])('of a bracket: %o', (one, fate) => expect(fateOf(poisson, one)).toBe(fate));

  it.each([
    [{ outcome: 'invalid', codes: ['CAPACITY_GENERATOR_CEILING'] }, 'told'],
    [{ outcome: 'invalid', codes: ['CAPACITY_EVIDENCE_LOST'] }, 'invalid'],
    [{ outcome: 'passed', codes: ['CAPACITY_GENERATOR_CEILING'] }, 'not told'],
  ] as const)('of a spoilt instrument: %o', (change, fate) =>
    expect(fateOf(starved, run({ ...change, codes: [...change.codes], low: undefined, high: undefined }))).toBe(fate),
  );
});

describe('proofOf', () => {
  const proven = (size: number, ...runs: readonly PlantedRun[]) =>
    proofOf({ systems: [poisson], repeat: size, confidence: CONFIDENCE }, runsOf(...runs));

  it('four misses of twenty are what 95 % explains, five are not', () => {
    expect(proven(20, ...times(16, run()), ...times(4, missed)).outcome).toBe('passed');
    expect(proven(20, ...times(15, run()), ...times(5, missed)).outcome).toBe('failed');
  });

  it('three that are far off may be, four may not', () => {
    expect(proven(20, ...times(17, run()), ...times(3, far)).outcome).toBe('passed');
    expect(proven(20, ...times(16, run()), ...times(4, far)).outcome).toBe('failed');
  });

  it('one miss of each of five systems is more than chance', () => {
    const systems = SYSTEMS.filter(({ kind }) => kind === 'bracket');
    const runs = systems.map(({ key }) => run({ ...missed, system: key }));
    const { outcome, scores } = proofOf({ systems, repeat: 1, confidence: CONFIDENCE }, runs);
    expect(outcome).toBe('failed');
    expect(scores.filter(({ kept }) => !kept).map(({ title }) => title)).toEqual(['all brackets together']);
  });

  it('a paced bracket that the Poisson truth would fit breaks the control, and one that it does not fit keeps it', () => {
    const of = (low: number, high: number) =>
      proofOf({ systems: [paced], repeat: 1, confidence: CONFIDENCE }, [
        run({ system: 'a-paced', truth: { low: 410, high: 421 }, low, high }),
      ]);
    expect(of(398, 418)).toMatchObject({ outcome: 'passed', scores: [{}, {}, { counted: 1, bad: 0, kept: true }] });
    const both = of(300, 415);
    expect(both.outcome).toBe('failed');
    expect(both.scores.at(-1)).toMatchObject({ title: expect.stringMatching(/^control: paced/), kept: false });
  });

  it('a spoilt instrument that is believed once is once too often', () => {
    const believed = run({ system: 'f-starved' });
    const told = run({ system: 'f-starved', outcome: 'invalid', codes: ['CAPACITY_GENERATOR_CEILING'] });
    const of = (...runs: readonly PlantedRun[]) =>
      proofOf({ systems: [starved], repeat: runs.length, confidence: CONFIDENCE }, runs).outcome;
    expect([of(told), of(told, believed)]).toEqual(['passed', 'failed']);
  });

  it('invalid and open runs answer nothing: others take their place, three times', () => {
    const invalid = run({ outcome: 'invalid', low: undefined, high: undefined });
    const size = { systems: [poisson, bucket], repeat: 2, confidence: CONFIDENCE };
    const seen = [invalid, run({ system: 'c-bucket', truth: { low: 404, high: 404 }, low: 400, high: 410 })];
    const next = (runs: readonly PlantedRun[]) => {
      const found = nextRun(size, runs);
      return found && `${found.system.key} ${found.number}`;
    };
    expect(next([])).toBe('a-poisson 1');
    expect(next([invalid])).toBe('c-bucket 1');
    expect(next(seen)).toBe('a-poisson 1');
    expect(next([...seen, run()])).toBe('a-poisson 2');
    expect(next([...seen, invalid, invalid])).toBe('a-poisson 2');
    const { outcome, missing, scores } = proofOf(size, [...seen, invalid, invalid]);
    expect([outcome, missing, scores[0]!.invalid]).toEqual(['inconclusive', 3, 3]);
  });
});

describe('what is shown', () => {
  it('one row for each run, with truth, bracket and what limited it', () => {
    const runs = [
      run({ serviceMs: 50.4 }),
      run({ ...far, number: 2 }),
      run({ system: 'a-paced', truth: { low: 410, high: 421.05 }, low: 400, high: undefined, limitedBy: 'generator' }),
      run({
        ...{ system: 'f-starved', outcome: 'invalid', codes: ['CAPACITY_GENERATOR_CEILING'], truth: undefined },
        ...{ low: undefined, high: undefined, limitedBy: undefined, seconds: 45 },
      }),
    ];
    const systems = [poisson, paced, starved];
    expect(runsTable(systems, runs).split('\n').slice(2)).toEqual([
      '| a: 20 workers of 50 ms, no queue, Poisson (1) | 305.0 | 295.0 to 312.0 | inside | 300.0 s | subject | 50.40 ms |',
      '| a: 20 workers of 50 ms, no queue, Poisson (2) | 305.0 | 405.0 to 425.0 | **far outside** | 300.0 s | subject |  |',
      '| a: 20 workers of 50 ms, no queue, paced (1) | 410.0 to 421.1 | 400.0 or more | open | 300.0 s | generator |  |',
      '| f: a generator without processor time (1) |  | nothing | invalid, as it must be | 45.0 s | CAPACITY_GENERATOR_CEILING |  |',
    ]);
    const proof = proofOf({ systems, repeat: 1, confidence: CONFIDENCE }, runs);
    expect(scoresTable(proof)).toContain(
      '| 20 workers of 50 ms, no queue, paced | 0 | 0 | 0 | 1 open, 0 invalid | kept |',
    );
    expect(toldRun(poisson, runs[0]!)).toBe('1: a-poisson: inside: 295.0 to 312.0, truth 305.0; passed, 300.0 s');
  });
});

describe('the journal', () => {
  it('goes on where an earlier one ended, without a line that was cut off or that answers something else', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'canaryproof-prove-'));
    onTestFinished(() => removeOwnTree(folder));
    const of = questionOf(poisson, CAPACITY_ASSURANCE.smoke);
    expect(of).not.toBe(questionOf(poisson, CAPACITY_ASSURANCE.default));
    const first = await openJournal(folder, new Set([of]));
    await first.add(run({ of }));
    await first.add(run({ of: 'another' }));
    await writeFile(path.join(folder, 'runs.jsonl'), '{"of":', { flag: 'a' });
    const again = await openJournal(folder, new Set([of]));
    expect([again.runs, again.others]).toEqual([[run({ of })], 1]);
    await writeFile(path.join(folder, 'runs.jsonl'), '{}\n');
    await expect(openJournal(folder, new Set([of]))).rejects.toMatchObject({ code: 'PROVE_CAPACITY_DAMAGED' });
  });
});
