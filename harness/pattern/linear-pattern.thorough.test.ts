/** Many patterns against JavaScript's own; linear-pattern.test.ts holds the rest. */
import './linear-pattern.test.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linearPattern } from './linear-pattern.ts';

/** What a backtracking engine says; only for patterns that are harmless in one. */
function byJavaScript(pattern: string, text: string): string | undefined {
  const match = new RegExp(pattern).exec(text);
  if (match === null) return undefined;
  return match.length > 1 ? (match[1] ?? '') : match[0];
}

describe('linearPattern', () => {
  it('agrees with JavaScript on patterns without repeated repetition, in both spellings', () => {
    const atom = fc.oneof(
      fc.constantFrom('a', 'b', '.', '\\s', '\\S', '\\d', '\\w', '\\.', '-', '\\u0061', '\\x20', '^', '$', '\\b'),
      fc.constantFrom('[ab]', '[^a]', '[\\s\\S]', '[^\\S]', '[a-c\\d]', '[^\\s.]', '(?:a|bb)', '(a|)', '(b)', '[[:a]'),
    );
    const piece = fc
      .tuple(atom, fc.constantFrom('', '', '', '?', '*', '+', '*?', '{1,2}'))
      .map(([what, often]) => (/^(\^|\$|\\b)$/.test(what) ? what : what + often));
    const pattern = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', 'c', '1', ' ', '\n', '.', '-', '\u2028', 'é', ':'),
      maxLength: 12,
    });
    fc.assert(
      fc.property(pattern, text, (source, input) => {
        // a group inside a repetition keeps its last round in RE2, and its last match in JavaScript
        fc.pre(!/\([ab|]+\)[*+{]/.test(source));
        const linear = linearPattern(source);
        const expected = byJavaScript(source, input);
        expect(linear.firstOf(input)).toBe(expected);
        expect(byJavaScript(linear.script, input)).toBe(expected);
      }),
      { seed: 11, numRuns: 3000 },
    );
  });
});
