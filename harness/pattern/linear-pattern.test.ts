import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HarnessError } from '../errors/harness-error.ts';
import { thorough } from '../testkit/runner/thorough.ts';
import { linearPattern } from './linear-pattern.ts';

/** What a backtracking engine says; only for patterns that are harmless in one. */
function byJavaScript(pattern: string, text: string): string | undefined {
  const match = new RegExp(pattern).exec(text);
  if (match === null) return undefined;
  return match.length > 1 ? (match[1] ?? '') : match[0];
}

describe('linearPattern', () => {
  it.each([
    ['version="(v[0-9]+)"', 'x version="v12" y'],
    ['v\\d+', 'none'],
    ['^a.c$', 'a\nc'],
    ['^a.c$', 'a\u2028c'],
    ['a[^]c', 'a\nc'],
    ['a[\\s\\S]*?<b>(.*?)</b>', 'a\n😀\n<b>v2</b>'],
    ['\\s(\\S+)\\s', 'a\u00a0b\u3000c'],
    ['[^\\s]+', ' \tx y'],
    ['(?<name>v\\d)', 'at v3'],
    ['(?:a|(b))', 'a'],
    ['[[:alpha:]]+', ':]'],
    ['\\A\\z\\Q\\p', 'AzQp'],
    ['\\x41\\u0042\\u00e9', 'ABé'],
    ['[\\b]', 'a\bc'],
    ['\\bv\\b', 'a v b'],
    ['a{2}b{,3}', 'aab{,3}'],
    ['\\/\\.\\-[\\]\\-x]', '/.-]'],
    ['', 'x'],
    ['ü+', 'aüüb'],
  ])('%j reads %j as JavaScript does', (pattern, text) => {
    expect(linearPattern(pattern).firstOf(text)).toBe(byJavaScript(pattern, text));
    expect(byJavaScript(linearPattern(pattern).script, text)).toBe(byJavaScript(pattern, text));
  });

  it.each([
    ['(a+)+b', 'a'.repeat(50_000)],
    ['(a|a)*b', 'a'.repeat(50_000)],
    ['(.*)(.*)(.*)(.*)x', 'a'.repeat(5_000)],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(50_000)],
  ])('%s does not backtrack', (pattern, text) => {
    // a backtracking engine does not come back from these: the test run's own limit is the bound
    expect(linearPattern(pattern).firstOf(text)).toBeUndefined();
  });

  it.each([
    ['(', 'PATTERN_SYNTAX'],
    ['[', 'PATTERN_SYNTAX'],
    ['a**', 'PATTERN_SYNTAX'],
    ['[]', 'PATTERN_SYNTAX'],
    ['x{5000}', 'PATTERN_SYNTAX'],
    ['(x{100}){900}', 'PATTERN_SYNTAX'],
    ['😀', 'PATTERN_SYNTAX'],
    ['\\ud800', 'PATTERN_SYNTAX'],
    ['x'.repeat(3000), 'PATTERN_SYNTAX'],
    ['(?=a)', 'PATTERN_NOT_LINEAR'],
    ['(?<!a)b', 'PATTERN_NOT_LINEAR'],
    ['(?i:a)', 'PATTERN_NOT_LINEAR'],
    ['(a)\\1', 'PATTERN_NOT_LINEAR'],
    ['(?<n>a)\\k<n>', 'PATTERN_NOT_LINEAR'],
  ])('refuses %j with %s', (pattern, code) => {
    expect(() => linearPattern(pattern)).toThrow(expect.objectContaining({ code, exitCode: 2 }));
  });

  thorough('any text is a pattern or refused with a code', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab()[]{}?*+|^$.\\-,:=!<>0189ksSuxdb\u2028😀') });
    fc.assert(
      fc.property(text, text, (source, input) => {
        try {
          linearPattern(source).firstOf(input);
        } catch (error) {
          expect(error).toBeInstanceOf(HarnessError);
        }
      }),
      { seed: 11, numRuns: 3000 },
    );
  });
});
