import { describe, expect, test } from 'vitest';
import { renderLiveBody, renderLivePage } from '../../../reports/html/live-page.ts';
import type { LiveSplit } from '../../ports/progress.ts';
import { liveSplit } from '../../traffic/live-view.ts';
import { ASSURANCE, createSplitJudge } from '../../verdict/split-judge.ts';
import { type LiveLook, liveLines } from './live-lines.ts';
import { livePage } from './live-report.ts';
import { createLiveFold, decidedInMs, type LiveEvent, timeLeftMs } from './live-run.ts';

const ARMS = [
  { name: 'v1', share: 0.9 },
  { name: 'v2', share: 0.1 },
];

/** As the judge tells it, after `n` requests of which every tenth or so was v2. */
function told(n: number): LiveSplit {
  const expectation = { arms: ARMS, ...ASSURANCE.default, lookEvery: 20 };
  const judge = createSplitJudge(expectation);
  for (let i = 0; i < n; i += 1) judge.observe((i * 7919) % 101 < 10 ? 'v2' : 'v1', `vu${i % 50}`);
  const phase = { id: 's', claimId: 'b/split', title: 'reviews 90/10', path: 'mesh' as const, expectation };
  return liveSplit(phase, judge.progress, 1_000);
}

const claim = (id: string, state: 'waiting' | 'running' | 'passed' | 'failed', atMs: number): LiveEvent => ({
  type: 'claim',
  atMs,
  claim: { id, title: `title of ${id}`, state, ...(state === 'failed' ? { sentence: 'It was not so.' } : {}) },
});
const events: readonly LiveEvent[] = [
  claim('b/one', 'waiting', 0),
  claim('b/split', 'waiting', 0),
  claim('b/three', 'waiting', 0),
  claim('b/one', 'running', 100),
  claim('b/one', 'failed', 5_100),
  claim('b/split', 'running', 5_200),
  { type: 'step-started', atMs: 5_300, name: 'reviews 90/10' },
  {
    type: 'step-updated',
    atMs: 6_000,
    name: 'reviews 90/10',
    text: 'Declared 10 % · Observed 9.9 %',
    split: told(500),
  },
  {
    type: 'step-updated',
    atMs: 7_000,
    name: 'reviews 90/10',
    text: 'Declared 10 % · Observed 9.8 %',
    split: told(1500),
  },
];

function runOf(list: readonly LiveEvent[]) {
  const fold = createLiveFold();
  for (const event of list) fold.add(event);
  return fold.run;
}
const look = (columns: number, colour = false): LiveLook => ({
  nowMs: 9_000,
  columns,
  glyphs: { running: '*', done: 'v', failed: 'x', waiting: '.', undecided: '?', cut: '~' },
  paint: (code, text) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text),
});

describe('time left', () => {
  const known = (id: string, lastTookMs: number): LiveEvent => ({
    type: 'claim',
    atMs: 0,
    claim: { id, title: id, state: 'waiting', lastTookMs },
  });
  const claims = (...events: readonly LiveEvent[]) =>
    runOf([known('a', 10_000), known('b', 1_000), known('c', 600_000), ...events]);

  test('is what the rest took in the run before, and less as the running one goes on', () => {
    const begun = [claim('a', 'running', 0), claim('a', 'passed', 500), claim('b', 'running', 500)];
    expect(timeLeftMs(claims(), 0)).toBe(611_000);
    expect(timeLeftMs(claims(...begun), 500)).toBe(601_000);
    expect(timeLeftMs(claims(...begun), 900)).toBe(600_600);
  });

  test('one that takes longer than it did takes nothing from those behind it', () => {
    expect(timeLeftMs(claims(claim('a', 'running', 0)), 90_000)).toBe(601_000);
  });

  test('claims side by side end with the longest', () => {
    expect(timeLeftMs(claims(claim('a', 'running', 0), claim('b', 'running', 0)), 0)).toBe(610_000);
  });

  test('a split that says itself that it takes longer is believed', () => {
    const split: readonly LiveEvent[] = [
      { type: 'step-started', atMs: 10_000, name: 's' },
      { type: 'step-updated', atMs: 12_000, name: 's', text: '', split: { ...told(500), startedAt: 10_000 } },
    ];
    const run = claims(claim('a', 'running', 0), ...split);
    const decided = decidedInMs(run.splits[0]!)!;
    expect(decided).toBeGreaterThan(0);
    expect(timeLeftMs(run, 60_000)).toBe(601_000 + decided);
  });

  test('nobody can tell of one that was not in the run before, and none is left after the last', () => {
    expect(timeLeftMs(claims(claim('new', 'waiting', 0)), 5_000)).toBeUndefined();
    const all = ['a', 'b', 'c'].flatMap((id) => [claim(id, 'running', 0), claim(id, 'passed', 1)]);
    expect(timeLeftMs(claims(...all), 5_000)).toBeUndefined();
  });
});

describe('a run under way', () => {
  test('claims with their state and time, and what runs with its figures on a second line', () => {
    expect(liveLines(runOf(events), look(80))).toEqual([
      'claims 1 of 3 judged',
      'x failed       b/one  5.0 s',
      '* running      b/split  3.8 s',
      '. waiting      b/three',
      expect.stringMatching(/^\* reviews 90\/10 3\.7 s, decided in about \d+\.\d s at this pace$/),
      '  Declared 10 % · Observed 9.8 %',
    ]);
  });

  test.each([40, 80, 200])('no line is wider than a terminal of %i columns, coloured or not', (columns) => {
    const long = runOf([...events, { type: 'step-started', atMs: 7_500, name: 'x'.repeat(300) }]);
    for (const colour of [false, true]) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences that colours are made of
      const widths = liveLines(long, look(columns, colour)).map((line) => line.replace(/\x1b\[\d+m/g, '').length);
      expect(Math.max(...widths)).toBeLessThan(columns);
    }
    expect(liveLines(long, look(columns)).join('')).not.toContain('\x1b');
  });

  test('of many claims those that failed and the running one stay, and the others are counted', () => {
    const many = Array.from({ length: 30 }, (_, i) => claim(`b/${i}`, i < 20 ? 'passed' : 'waiting', i));
    const lines = liveLines(runOf([...many, claim('b/3', 'failed', 40), claim('b/20', 'running', 41)]), look(80));
    expect(lines).toHaveLength(14);
    expect(lines.join('\n')).toContain('x failed       b/3');
    expect(lines.join('\n')).toContain('* running      b/20');
    expect(lines.at(-1)).toBe('  and 18 more');
  });

  test('the time left shrinks with the evidence, and the end of the step ends it', () => {
    const [early, late] = [told(500), told(1500)].map((latest) =>
      decidedInMs({ latest, atMs: 1_000 + latest.n * 5, trajectory: [], running: true }),
    );
    expect(late!).toBeLessThan(early!);
    expect(late!).toBeGreaterThan(0);
    const over = runOf([
      ...events,
      { type: 'step-done', atMs: 8_000, name: 'reviews 90/10', text: 'passed', durationMs: 2_700 },
    ]);
    expect(over.running).toEqual([]);
    expect(over.splits[0]!.running).toBe(false);
  });
});

describe('the page of a run under way', () => {
  const record = { id: '20260102-030405', command: ['canaryproof', 'conform', 'bookinfo'], startedAt: 0 };

  test('has the same panels: claims that were judged, the split with its whisker, the evidence as it grew', () => {
    const page = renderLivePage(livePage(record, runOf(events), 9_000));
    for (const text of ['1 of 3 claims judged', 'It was not so.', 'id="splits"', 'id="evidence"', 'reviews 90/10'])
      expect(page).toContain(text);
    expect(page).toContain("connect-src 'self'");
    expect(page).not.toContain('passed within the stated error rates');
  });

  test('what comes from outside stays text', () => {
    const hostile = runOf([claim('<script>x</script>', 'running', 1)]);
    expect(renderLiveBody(livePage(record, hostile, 10))).not.toContain('<script>x');
  });

  test('a run that ended without a result says why', () => {
    expect(renderLiveBody(livePage({ ...record, failure: 'the disk is full' }, runOf([]), 10))).toContain(
      'the disk is full',
    );
  });
});
