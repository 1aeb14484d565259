/** Texts that parsers of foreign text must survive: rows of their own signs, damaged examples, and long repetitions. */
import fc from 'fast-check';
import { anyCharacter } from './any-character.ts';

export interface Grammar {
  /** Signs and words of the language. */
  readonly tokens: readonly string[];
  /** Valid texts, to be damaged. */
  readonly examples: readonly string[];
  /** Most repetitions of one piece; what is super-linear shows there. */
  readonly mostRepetitions?: number;
}

type Damage = readonly [kind: 'cut' | 'double' | 'insert' | 'swap', at: number, length: number, token: string];

/** Signs that mean something to nearly everything that reads text. */
const SIGNS = [
  '',
  ' ',
  '\n',
  '\r\n',
  '\t',
  '\0',
  '"',
  "'",
  '\\',
  '%',
  '%zz',
  '\u200b',
  '\u2028',
  '\ud800',
  '😀',
  '\ufeff',
  '-1',
  '1e999',
  '[',
  '{',
  '<<',
  '&a',
  '*a',
];

/** @returns at least the tokens' worth of each kind of text, short ones mostly */
export function hostileText({ tokens, examples, mostRepetitions = 2000 }: Grammar): fc.Arbitrary<string> {
  const token = fc.constantFrom(...tokens, ...SIGNS);
  const row = fc.array(token, { maxLength: 24 }).map((parts) => parts.join(''));
  const edge = fc.oneof(fc.constant(''), token, row, fc.constantFrom(...examples));
  const pumped = fc
    .tuple(edge, fc.array(token, { minLength: 1, maxLength: 3 }), fc.integer({ min: 2, max: mostRepetitions }), edge)
    .map(([before, piece, times, after]) => before + piece.join('').repeat(times) + after);
  const damage: fc.Arbitrary<Damage> = fc.tuple(
    fc.constantFrom('cut' as const, 'double' as const, 'insert' as const, 'swap' as const),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.integer({ min: 1, max: 12 }),
    token,
  );
  const damaged = fc
    .tuple(fc.constantFrom(...examples), fc.array(damage, { minLength: 1, maxLength: 4 }))
    .map(([example, damages]) => damages.reduce(damageText, example));
  return fc.oneof(
    { arbitrary: row, weight: 40 },
    { arbitrary: damaged, weight: 50 },
    { arbitrary: fc.string({ unit: anyCharacter, maxLength: 40 }), weight: 9 },
    { arbitrary: pumped, weight: 1 },
  );
}

function damageText(text: string, [kind, share, length, token]: Damage): string {
  const at = Math.floor(share * text.length);
  const piece = text.slice(at, at + length);
  const [before, after] = [text.slice(0, at), text.slice(at + length)];
  switch (kind) {
    case 'cut':
      return before + after;
    case 'double':
      return before + piece + piece + after;
    case 'insert':
      return before + token + piece + after;
    case 'swap':
      return before + token + after;
  }
}
