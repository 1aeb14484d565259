import { describe, expect, test } from 'vitest';
import { usageError } from '../errors/harness-error.ts';
import { runTarget, type Target } from './run-target.ts';
import { TARGETS } from './targets.ts';

// the same kinds of text as `npm run fuzz`, fewer of them, and the same ones every time
test.each(TARGETS.map((target) => [target.name, target] as const))('%s', (_, target) => {
  expect(runTarget(target, 5 * target.thousandths, 20261128).failure).toBeUndefined();
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

  test('what takes more time than its bound, however often it is measured', () => {
    const slow = target((text) => {
      if (!text.startsWith('((')) return;
      const before = process.cpuUsage();
      for (let used = process.cpuUsage(before); used.user + used.system < 600_000; used = process.cpuUsage(before));
    });
    expect(runTarget(slow, 20_000, 1).failure).toMatch(/took \d+ ms, bound \d+ ms/);
  });

  test('that a refusal with a code is none', () => {
    const refusing = target(() => {
      throw usageError('CODE', 'no');
    });
    expect(runTarget(refusing, 200, 1)).toMatchObject({ cases: 200, failure: undefined });
  });
});
