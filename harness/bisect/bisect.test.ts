import { describe, expect, test } from 'vitest';
import { type BisectReport, bisect } from './bisect.ts';
import { bisectSentences } from './bisect-words.ts';
import { readJournal, renderJournal, type StepRun } from './journal.ts';

type Said = StepRun['outcome'];

/** A runner that answers what a test planted, one outcome a try, the last one again and again. */
async function searched(
  planted: readonly (Said | readonly Said[])[],
  options: {
    readonly known?: readonly StepRun[];
    /** Ctrl-C while this run goes on. */
    readonly interruptAt?: number;
    readonly built?: readonly boolean[];
    readonly throws?: Error;
  } = {},
) {
  const controller = new AbortController();
  const candidates = planted.map((_, index) => ({
    ...{ name: `1.${index}`, shown: `argo-rollouts 1.${index}` },
    isBuilt: options.built?.[index] ?? true,
  }));
  const asked: string[] = [];
  const kept: (readonly StepRun[])[] = [];
  const notes: string[] = [];
  const report = await bisect(
    { subject: 'gridos', claim: 'gridos/steps', what: 'release', candidates },
    options.known ?? [],
    {
      async judge({ name }) {
        asked.push(name);
        if (options.throws) throw options.throws;
        const said = planted[candidates.findIndex((candidate) => candidate.name === name)] ?? 'error';
        const tries = asked.filter((each) => each === name).length;
        if (asked.length === options.interruptAt) controller.abort();
        const outcome = typeof said === 'string' ? said : (said[tries - 1] ?? said.at(-1) ?? 'error');
        return { outcome, sentence: `${name} ${outcome}`, report: `/runs/${name}-${tries}/report.html` };
      },
      keep: async (runs) => void kept.push([...runs]),
      note: (text) => notes.push(text),
    },
    controller.signal,
  );
  return { report, asked, kept, notes, said: bisectSentences(report) };
}

const answers = ({ candidates }: BisectReport) => candidates.map(({ answer }) => answer);

describe('a change between two of four', () => {
  test('the first bad release and the last good one, each with its report; every run was kept', async () => {
    const { report, asked, kept, said } = await searched(['passed', 'passed', 'failed', 'failed']);
    expect(report.end).toEqual({ kind: 'first-failed', lastPassed: 1, firstFailed: 2 });
    expect(said).toEqual([
      'argo-rollouts 1.2 is the first release on which gridos/steps fails; on argo-rollouts 1.1, the one before it, it passes.',
    ]);
    expect(report.candidates[2]?.runs).toEqual([
      { candidate: '1.2', outcome: 'failed', sentence: '1.2 failed', report: '/runs/1.2-1/report.html' },
    ]);
    expect(asked).toEqual(['1.3', '1.0', '1.2', '1.1']);
    expect(kept.map((runs) => runs.length)).toEqual([1, 2, 3, 4]);
  });

  test('what is built is asked first, and the note says what is to be built', async () => {
    const { asked, notes } = await searched(['passed', 'passed', 'failed', 'failed'], {
      built: [true, true, false, true],
    });
    expect(asked).toEqual(['1.3', '1.0', '1.1', '1.2']);
    expect(notes.at(-1)).toBe('argo-rollouts 1.2, to be built: one of at most 1 that are left to ask');
  });
});

describe('steps that decide nothing', () => {
  test.each<Said>(['inconclusive', 'invalid', 'error'])('%s is run again once, and then counts', async (first) => {
    const { report, asked, notes } = await searched(['passed', [first, 'failed'], 'failed']);
    expect(report.end).toMatchObject({ kind: 'first-failed', firstFailed: 1 });
    expect(asked).toEqual(['1.2', '1.0', '1.1', '1.1']);
    expect(notes.at(-1)).toBe('argo-rollouts 1.1 once more: it could not be decided');
    expect(report.candidates[1]?.runs.map(({ outcome }) => outcome)).toEqual([first, 'failed']);
  });

  test('twice: it is said, and passed over', async () => {
    const { report, said, asked } = await searched(['passed', 'passed', 'invalid', 'failed', 'failed']);
    expect(report.end).toEqual({ kind: 'narrowed', lastPassed: 1, firstFailed: 3, undecided: [2] });
    expect(said[0]).toContain('between them argo-rollouts 1.2 could not be decided, twice each');
    expect(asked.filter((name) => name === '1.2')).toHaveLength(2);
  });

  test('an end of the range: nothing else is asked', async () => {
    const { report, asked, said } = await searched(['passed', 'passed', 'inconclusive']);
    expect(report.end).toEqual({ kind: 'end-undecided', index: 2 });
    expect(asked).toEqual(['1.2', '1.2']);
    expect(said[0]).toContain('argo-rollouts 1.2, an end of the range, could not be decided');
  });
});

describe('premises that do not hold', () => {
  test('the good one fails already', async () => {
    const { report, said } = await searched(['failed', 'failed', 'failed']);
    expect(report.end).toEqual({ kind: 'good-fails', index: 0 });
    expect(said[0]).toContain('fails on argo-rollouts 1.0 already');
  });

  test('the bad one passes', async () => {
    const { report, asked, said } = await searched(['passed', 'passed', 'passed']);
    expect({ end: report.end, asked }).toEqual({ end: { kind: 'bad-passes', index: 2 }, asked: ['1.2'] });
    expect(said[0]).toContain('there is nothing to find');
  });

  test('answers that are not monotone are said, with the newest change', async () => {
    const known = (['passed', 'failed', 'passed', 'failed'] as const).map((outcome, index) => ({
      ...{ candidate: `1.${index}`, outcome },
      sentence: 'of before',
    }));
    const { report, asked, said } = await searched(['passed', 'failed', 'passed', 'failed'], { known });
    expect({ end: report.end, asked }).toEqual({
      end: { kind: 'first-failed', lastPassed: 2, firstFailed: 3 },
      asked: [],
    });
    expect(said[1]).toBe(
      'It is not one change that stayed: the claim failed on argo-rollouts 1.1 and passed on argo-rollouts 1.2 behind it; what is named above is the newest change.',
    );
  });

  test('bad input ends the search', async () => {
    await expect(searched(['passed', 'failed'], { throws: new Error('no such claim') })).rejects.toThrow(
      'no such claim',
    );
  });
});

describe('interrupted', () => {
  test('half a run is not kept; from what was kept the same search asks only what is missing', async () => {
    const planted = ['passed', 'passed', 'failed', 'failed'] as const;
    const first = await searched(planted, { interruptAt: 3 });
    expect(first.report.end).toEqual({ kind: 'interrupted' });
    expect(answers(first.report)).toEqual(['passed', undefined, undefined, 'failed']);
    expect(first.said).toEqual(['Interrupted: 2 of 4 candidates are decided. The same command goes on from here.']);
    const known = readJournal(renderJournal('of a test', first.kept.at(-1) ?? []), 'journal');
    const second = await searched(planted, { known });
    expect(second.asked).toEqual(['1.2', '1.1']);
    expect(second.notes[0]).toBe('going on: argo-rollouts 1.0 passed, argo-rollouts 1.3 failed');
    expect(second.report.end).toMatchObject({ firstFailed: 2 });
  });

  test('what could not be decided before is asked again', () => {
    const runs = (['invalid', 'error', 'inconclusive', 'passed'] as const).map((outcome, index) => ({
      ...{ candidate: `1.${index}`, outcome },
      sentence: '',
    }));
    expect(readJournal(renderJournal('of a test', runs), 'journal').map(({ candidate }) => candidate)).toEqual(['1.3']);
  });
});

describe('a journal that cannot be believed', () => {
  const whole = renderJournal('of a test', [{ candidate: '1.0', outcome: 'passed', sentence: '' }]);

  test.each([
    ['cut short', whole.slice(0, -20), 'BISECT_JOURNAL_DAMAGED'],
    ['empty', '', 'BISECT_JOURNAL_DAMAGED'],
    ['of something else', '[]', 'BISECT_JOURNAL_DAMAGED'],
    ['with a verdict that is none', whole.replace('"passed"', '"fine"'), 'BISECT_JOURNAL_DAMAGED'],
    ['from a newer schema', whole.replace('"schemaVersion": "1"', '"schemaVersion": "2"'), 'BISECT_JOURNAL_NEWER'],
  ])('%s', (_, text, code) => {
    expect(() => readJournal(text, '/runs/bisect.json')).toThrow(
      expect.objectContaining({ code, where: '/runs/bisect.json', exitCode: 5 }),
    );
  });
});
