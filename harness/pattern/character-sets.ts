/**
 * Sets of characters of JavaScript's regular expressions, spelt so that JavaScript, Go's regexp and RE2 agree on them.
 * Above U+00FF the characters stand for themselves, because the dialects write their codes differently.
 */

/** ECMAScript's WhiteSpace and LineTerminator (\s), for use inside [ ]. */
export const SPACE = '\\x09-\\x0d \\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';

/** \S inside [ ], without its last character: what that is depends on the dialect. */
export const NOT_SPACE =
  '\\x00-\\x08\\x0e-\\x1f\\x21-\\x9f\\xa1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff\u3001-\ufefe\uff00-';

/** LineTerminator, as a set. */
export const LINE_END = '[\\n\\r\u2028\u2029]';

/** A dot without flags. */
export const ANY_BUT_LINE_END = '[^\\n\\r\u2028\u2029]';
