import { expect, test } from 'vitest';
import { runNight } from './night.ts';
import { type NightRun, nightMarkdown, outcomeOfExit, summarise } from './nightly-summary.ts';

const run = (profile: string, exitCode: number): NightRun => ({
  ...{ profile, exitCode, outcome: outcomeOfExit(exitCode), durationMs: 61_250 },
  runDirectory: `runs/${profile}`,
});

test('every exit code of the CLI is an outcome, and one that it does not have is an error', () => {
  const codes = [0, 1, 2, 3, 4, 5, 6, 70, 130, 143, 99, undefined];
  expect(codes.map(outcomeOfExit)).toEqual(
    'passed failed usage environment inconclusive invalid inconclusive error interrupted interrupted error error'.split(
      ' ',
    ),
  );
});

test('the worst run decides, whatever its number is, and keeps its own exit code', () => {
  const exit = (...codes: number[]) => {
    const { outcome, exitCode } = summarise(
      't',
      codes.length,
      codes.map((code) => run('a', code)),
    );
    return `${outcome} ${exitCode}`;
  };
  expect(exit(0, 0)).toBe('passed 0');
  expect(exit(0, 6, 0)).toBe('inconclusive 6');
  expect(exit(5, 1, 4)).toBe('failed 1');
  expect(exit(1, 70)).toBe('error 70');
  expect(exit(1, 130)).toBe('interrupted 130');
});

test('a night that was cut short is never passed', () => {
  expect(summarise('t', 2, [run('a', 0)])).toMatchObject({ outcome: 'interrupted', exitCode: 130 });
  expect(summarise('t', 0, [])).toMatchObject({ outcome: 'interrupted', exitCode: 130 });
});

test('shares have their Clopper-Pearson interval; interrupted runs are no part of them', () => {
  const runs = [...Array.from({ length: 9 }, () => run('a', 0)), run('a', 1), run('a', 130), run('b', 143)];
  const { profiles } = summarise('t', 12, runs);
  // R: binom.test(9, 10)$conf.int
  expect(profiles[0]).toMatchObject({ profile: 'a', runs: 10, passed: 9, interrupted: 1 });
  expect(profiles[0]?.passedShare?.low).toBeCloseTo(0.5549839, 6);
  expect(profiles[0]?.passedShare?.high).toBeCloseTo(0.9974714, 6);
  expect(profiles[0]?.outcomes).toMatchObject({ passed: 9, failed: 1, invalid: 0 });
  expect(profiles[0]?.meanDurationMs).toBe(61_250);
  expect(profiles[1]).toMatchObject({ profile: 'b', runs: 0, interrupted: 1 });
  expect([profiles[1]?.passedShare, profiles[1]?.meanDurationMs]).toEqual([undefined, undefined]);
});

test('Markdown names each run, its directory and the counts', () => {
  const text = nightMarkdown(summarise('2026-01-02T03:04:05Z', 3, [run('a', 0), run('b', 1), run('a', 0)]));
  expect(text).toContain('# Nightly 2026-01-02T03:04:05Z: failed');
  expect(text).toContain('| a | passed | 0 | 61.3 s | runs/a |');
  // R: binom.test(2, 2)$conf.int, binom.test(0, 2)$conf.int, binom.test(0, 1)$conf.int
  const none = '0: 0 % (0 % to 84.2 %)';
  expect(text).toContain(`| a | 2 | 2: 100 % (15.8 % to 100 %) | ${none} | ${none} | ${none} | 0 | 61.3 s | 0 |`);
  expect(text).toContain('| b | 1 | 0: 0 % (0 % to 97.5 %) | 1: 100 % (2.5 % to 100 %) |');
});

function ports(exitCodes: readonly (number | undefined)[], onRun: (index: number) => void = () => undefined) {
  const asked: string[] = [];
  const kept: number[] = [];
  return {
    asked,
    kept,
    now: () => asked.length * 1000,
    finished: async (runs: readonly NightRun[]) => void kept.push(runs.length),
    conform: async (profile: string) => {
      onRun(asked.push(profile) - 1);
      return { exitCode: exitCodes[asked.length - 1] };
    },
  };
}

test('profiles take turns, and what is known is written after each run', async () => {
  const night = ports([0, 1, 0, undefined]);
  const runs = await runNight(['a', 'b'], 2, night, new AbortController().signal);
  expect(night.asked).toEqual(['a', 'b', 'a', 'b']);
  expect(night.kept).toEqual([1, 2, 3, 4]);
  expect(runs.map(({ outcome }) => outcome)).toEqual(['passed', 'failed', 'passed', 'error']);
});

test('an interruption lets the running one end and begins none; even an exit code 0 is then no pass', async () => {
  const abort = new AbortController();
  const night = ports([0, 0, 0], (index) => index === 1 && abort.abort());
  const runs = await runNight(['a', 'b', 'c'], 1, night, abort.signal);
  expect(runs.map(({ outcome }) => outcome)).toEqual(['passed', 'interrupted']);
  expect(summarise('t', 3, runs).exitCode).toBe(130);
  expect(summarise('t', 2, runs).exitCode).toBe(130);
});

test('a series goes on where it ended: what was interrupted is run again, and all runs count', async () => {
  const night = ports([1, 0]);
  const before = [run('a', 0), run('b', 0), run('a', 0), run('b', 130)];
  const runs = await runNight(['a', 'b'], 3, night, new AbortController().signal, before.slice(0, 3));
  expect(night.asked).toEqual(['b', 'a', 'b']);
  expect(runs.map(({ profile, outcome }) => `${profile} ${outcome}`)).toEqual([
    ...['a passed', 'b passed', 'a passed'],
    ...['b failed', 'a passed', 'b error'],
  ]);
  const again = ports([0]);
  await runNight(['a', 'b'], 2, again, new AbortController().signal, before);
  expect(again.asked).toEqual(['b']);
});
