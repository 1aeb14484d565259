/**
 * A user's regular expression, matched in time that grows with the text and not with the ways to match it.
 *
 * JavaScript's own engine backtracks: `(a+)+b` on thirty letters takes seconds. Two linear engines run the pattern here:
 * - in the harness re2js, a port of Go's RE2 in plain JavaScript. Of what npm has it is the one that is kept up and has
 *   no parts to compile: `re2` builds a native module at install time, which npm 12 does not allow, and `re2-wasm` has
 *   been left. A worker with a deadline would only bound the wait, and say nothing of who answered.
 * - in k6 the engine that is there anyway: its JavaScript runs a pattern in Go's regexp package, unless the pattern
 *   holds something that only backtracking can do (sobek, parser/regexp.go, TransformRegExp). A bundled engine would be
 *   evaluated anew in each of hundreds of virtual users, at about 260 KB of source each.
 *
 * So one subset of JavaScript's syntax is accepted, and written down twice such that both engines take it in the same
 * sense (`.`, `\s`, `\uXXXX` and classes differ between the dialects). Pure.
 */
import { RE2JS } from 're2js';
import { usageError } from '../errors/harness-error.ts';
import { ANY_BUT_LINE_END, LINE_END, NOT_SPACE, SPACE } from './character-sets.ts';

export interface LinearPattern {
  /** The same pattern for k6's JavaScript, which runs it in Go's regexp package. */
  readonly script: string;
  /** Number of capture groups. */
  readonly groups: number;
  /** The first group of the first match, all of it when there is no group; undefined without a match. */
  firstOf(text: string): string | undefined;
}

/** Long enough for any name; the time of a match is proportional to it as well. */
const LONGEST_PATTERN = 2000;
const HINT = 'JavaScript syntax without lookaround and back-references, so that it is matched in linear time.';

/** @throws HarnessError (exit 2) PATTERN_SYNTAX, PATTERN_NOT_LINEAR */
export function linearPattern(pattern: string): LinearPattern {
  if (pattern.length > LONGEST_PATTERN) syntax(pattern, `it is longer than ${LONGEST_PATTERN} characters`);
  try {
    new RegExp(pattern);
  } catch (cause) {
    syntax(pattern, reasonOf(cause), cause);
  }
  const script = new Translation(pattern).all();
  // the two differ in what the last character is: of a JavaScript string, and of Unicode
  const re2 = script.replaceAll(`${NOT_SPACE}\uffff`, `${NOT_SPACE}\\x{10FFFF}`);
  try {
    // what this package writes must still be JavaScript, since k6 reads it as that first
    new RegExp(script);
    const compiled = RE2JS.compile(re2);
    return {
      script,
      groups: compiled.groupCount(),
      firstOf(text) {
        const matcher = compiled.matcher(text);
        if (!matcher.find()) return undefined;
        return (compiled.groupCount() > 0 ? matcher.group(1) : matcher.group(0)) ?? '';
      },
    };
  } catch (cause) {
    return syntax(pattern, reasonOf(cause), cause);
  }
}

/** Reads JavaScript's syntax and writes what all the dialects take in the same sense. */
class Translation {
  readonly #pattern: string;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  all(): string {
    let written = '';
    while (this.#at < this.#pattern.length) written += this.#one();
    return written;
  }

  #one(): string {
    const character = this.#take();
    if (character === '\\') return this.#escape(false);
    if (character === '[') return this.#set();
    if (character === '(') return this.#group();
    return character === '.' ? ANY_BUT_LINE_END : character;
  }

  #group(): string {
    const rest = this.#pattern.slice(this.#at, this.#at + 200);
    if (!rest.startsWith('?')) return '(';
    if (rest.startsWith('?:')) {
      this.#at += 2;
      return '(?:';
    }
    // a name is of no use here, and k6 takes it for a reason to backtrack
    const name = /^\?<[^=!>][^>]*>/.exec(rest)?.[0];
    if (name === undefined) return this.#refuse('lookaround, flags or a very long name');
    this.#at += name.length;
    return '(';
  }

  #set(): string {
    if (this.#pattern.startsWith(']', this.#at)) syntax(this.#pattern, 'an empty set [] matches nothing');
    if (this.#pattern.startsWith('^]', this.#at)) {
      this.#at += 2;
      return `(?:${ANY_BUT_LINE_END}|${LINE_END})`;
    }
    let written = '[';
    for (let character = this.#take(); character !== ']'; character = this.#take()) {
      if (character === '\\') written += this.#escape(true);
      // [[:alpha:]] is a set of its own in one dialect, and six characters in the other
      else written += character === '[' ? '\\[' : character;
    }
    return `${written}]`;
  }

  #escape(inSet: boolean): string {
    const letter = this.#take();
    switch (letter) {
      case 'd':
      case 'D':
      case 'w':
      case 'W':
      case 'f':
      case 'n':
      case 'r':
      case 't':
      case 'v':
        return `\\${letter}`;
      case 's':
        return inSet ? SPACE : `[${SPACE}]`;
      case 'S':
        return inSet ? `${NOT_SPACE}\uffff` : `[^${SPACE}]`;
      case 'b':
        return inSet ? '\\x08' : '\\b';
      case 'B':
        return inSet ? 'B' : '\\B';
      case 'x':
        return this.#coded(/^[0-9A-Fa-f]{2}/, letter);
      case 'u':
        return this.#coded(/^[0-9A-Fa-f]{4}/, letter);
      case 'c':
      case 'k':
        return this.#refuse(`\\${letter}`);
      default:
        if (letter === '0' && !/\d/.test(this.#pattern[this.#at] ?? '')) return '\\x00';
        return /\d/.test(letter) ? this.#refuse('back-references') : this.#literal(letter);
    }
  }

  /** `\x41`, `\u0041`; without its digits it is the letter. */
  #coded(digits: RegExp, letter: string): string {
    const code = digits.exec(this.#pattern.slice(this.#at, this.#at + 4))?.[0];
    if (code === undefined) return this.#literal(letter);
    this.#at += code.length;
    return this.#literal(String.fromCharCode(Number.parseInt(code, 16)));
  }

  #literal(character: string): string {
    const code = character.charCodeAt(0);
    if (code >= 0xd800 && code <= 0xdfff) syntax(this.#pattern, 'half of a surrogate pair is no character');
    return /\w/.test(character) || code >= 0xa0 ? character : `\\x${code.toString(16).padStart(2, '0')}`;
  }

  #take(): string {
    const character = this.#pattern[this.#at] ?? '';
    if (/[\ud800-\udfff]/.test(character)) syntax(this.#pattern, 'characters beyond U+FFFF cannot be part of it');
    this.#at += 1;
    return character;
  }

  #refuse(what: string): never {
    throw usageError('PATTERN_NOT_LINEAR', `'${this.#pattern}' uses ${what}, which cannot be matched in linear time`, {
      hint: HINT,
    });
  }
}

function syntax(pattern: string, reason: string, cause?: unknown): never {
  const shown = pattern.length > 200 ? `${pattern.slice(0, 200)}…` : pattern;
  throw usageError('PATTERN_SYNTAX', `'${shown}' is not a regular expression: ${reason}`, { hint: HINT, cause });
}

/** `Invalid regular expression: /(/: Unterminated group` -> `Unterminated group`. */
function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.slice(message.lastIndexOf(': ') + 1).trim();
}
