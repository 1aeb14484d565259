/**
 * Any character of Unicode, for properties of texts. The unit `binary` of fast-check is the same, but lists all million of
 * them first, which takes a second of processor time in each process.
 */
import fc from 'fast-check';

/** Halves of surrogate pairs, which are no characters by themselves. */
const SURROGATES = { from: 0xd800, count: 0x800 };
const CHARACTERS = 0x110000 - SURROGATES.count;

export const anyCharacter: fc.Arbitrary<string> = fc
  .nat(CHARACTERS - 1)
  .map((ordinal) => String.fromCodePoint(ordinal < SURROGATES.from ? ordinal : ordinal + SURROGATES.count));
