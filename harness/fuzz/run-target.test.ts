import { describe, expect, test } from 'vitest';
import { usageError } from '../errors/harness-error.ts';
import { runsOf, thorough } from '../testkit/runner/thorough.ts';
import { runTarget, type Target } from './run-target.ts';
import { TARGETS } from './targets.ts';

// the same kinds of text as `npm run fuzz`, fewer of them, and the same ones every time
test.each(TARGETS.map((target) => [target.name, target] as const))('%s', (_, target) => {
  expect(
    runTarget(target, runsOf(Math.ceil(target.thousandths / 4), target.thousandths), 20261128).failure,
  ).toBeUndefined();
});

describe('the fuzzer sees', () => {
  const target = (read: (text: string) => void): Target => ({
    name: 'a parser',
    thousandths: 1,
    tokens: ['a', 'b', '('],
    examples: ['(ab)'],
    read,
  });

  test('a crash without a code, and shows a small text that does it', () => {
    const { failure } = runTarget(
      target((text) => {
        if (text.includes('((')) throw new TypeError('oh');
      }),
      20_000,
      1,
    );
    expect(failure).toMatch(/TypeError: oh\n {2}on "\(\(.{0,4}"\n {2}seed 1, path /);
  });

  // whether a text is slow is found out some sixty times while the smallest is looked for: on a clock that the parser moves
  const SLOW_MS = 600;

  test('what takes more time than its bound, however often it is measured', () => {
    let clockMs = 0;
    const slow = target((text) => {
      if (text.startsWith('((')) clockMs += SLOW_MS;
    });
    const { failure } = runTarget(slow, 20_000, 1, undefined, () => clockMs);
    expect(failure).toMatch(/took 600 ms, bound 250 ms\n {2}on "\(\(/);
  });

  test('that what was slow once and is quick when it is measured again was noise', () => {
    let clockMs = 0;
    const seen = new Set<string>();
    const noisy = target((text) => {
      if (!seen.has(text)) clockMs += SLOW_MS;
      seen.add(text);
    });
    expect(runTarget(noisy, 200, 1, undefined, () => clockMs).failure).toBeUndefined();
  });

  thorough('processor time, and not a clock that others slow down', () => {
    let spins = 0;
    const slow = target(() => {
      if (spins++ > 2) return;
      const before = process.cpuUsage();
      for (let used = process.cpuUsage(before); used.user + used.system < 260_000; used = process.cpuUsage(before));
    });
    const { failure } = runTarget(slow, 1, 1);
    expect(failure).toMatch(/took \d+ ms, bound 250 ms/);
  });

  test('that a refusal with a code is none', () => {
    const refusing = target(() => {
      throw usageError('CODE', 'no');
    });
    expect(runTarget(refusing, 200, 1)).toMatchObject({ cases: 200, failure: undefined });
  });
});
