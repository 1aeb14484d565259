/** Texts of numbers, durations, strings and regular expressions in PromQL (promql/parser/{lex,parse}.go). */
import { RE2JS, RE2JSException } from 're2js';

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};
const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const UNITS = ['y', 'w', 'd', 'h', 'm', 's', 'ms'];

/** `1m30s` in milliseconds; undefined when the text is no duration. */
function parseDuration(text: string): number | undefined {
  const found = text === '' ? null : DURATION.exec(text);
  if (!found) return undefined;
  return UNITS.reduce((total, unit, index) => total + Number(found[index + 1] ?? 0) * UNIT_MS[unit]!, 0);
}

/** A number of PromQL, which may be a duration (then in seconds). */
export function parseNumber(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1;
  const body = text.replace(/^[+-]\s*/, '').toLowerCase();
  if (body === 'inf') return sign * Number.POSITIVE_INFINITY;
  if (body === 'nan') return Number.NaN;
  const durationMs = parseDuration(body);
  if (durationMs !== undefined) return (sign * durationMs) / 1000;
  const digits = body.replaceAll('_', '');
  if (/^0x[0-9a-f]+$/.test(digits)) return sign * Number.parseInt(digits.slice(2), 16);
  // Go reads whole numbers with a leading zero as octal.
  if (/^0[0-7]+$/.test(digits)) return sign * Number.parseInt(digits, 8);
  const value = /^[0-9.]/.test(digits) ? Number(digits) : Number.NaN;
  return Number.isNaN(value) ? undefined : sign * value;
}

/** Length of a range, a step or an offset in milliseconds: a duration, or a number of seconds. */
export function parseLength(text: string): number | undefined {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined) return durationMs;
  const seconds = parseNumber(text);
  return seconds === undefined || !Number.isFinite(seconds) ? undefined : Math.round(seconds * 1000);
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** The content of a quoted text; undefined when a quote or an escape is wrong. Back-quoted texts know no escapes. */
export function parseString(quoted: string): string | undefined {
  const quote = quoted[0]!;
  if (quoted.length < 2 || quoted.at(-1) !== quote) return undefined;
  const body = quoted.slice(1, -1);
  if (quote === '`') return body;
  if (body.includes('\n')) return undefined;
  let valid = true;
  const text = body.replace(
    /\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|[\s\S]?)/g,
    (_, sequence: string) => {
      if (/^[xuU]./.test(sequence)) return String.fromCodePoint(Number.parseInt(sequence.slice(1), 16));
      if (/^[0-7]{3}$/.test(sequence)) return String.fromCodePoint(Number.parseInt(sequence, 8));
      const simple = SIMPLE_ESCAPES[sequence];
      if (simple === undefined || (simple === '"' && quote !== '"') || (simple === "'" && quote !== "'")) valid = false;
      return simple ?? '';
    },
  );
  // An unescaped closing quote inside, or a backslash before the last quote.
  const stripped = body.replace(/\\[\s\S]/g, '');
  return valid && !stripped.includes(quote) && !stripped.endsWith('\\') ? text : undefined;
}

/**
 * A matcher's regular expression, anchored on both sides as Prometheus does it, and run by the same kind of engine (RE2):
 * in linear time, whatever a query holds. Undefined when it is wrong.
 */
export function anchoredPattern(pattern: string): TextPattern | undefined {
  return compiled(`^(?s:${pattern})$`);
}

/** A regular expression as Go's regexp package reads it, found anywhere in the text. Undefined when it is wrong. */
export function goPattern(pattern: string): TextPattern | undefined {
  return compiled(pattern);
}

export interface TextPattern {
  test(text: string): boolean;
  /** Groups of the first match by number and by name, empty where one took no part; undefined without a match. */
  groupsOf(text: string): ReadonlyMap<string, string> | undefined;
}

function compiled(pattern: string): TextPattern | undefined {
  try {
    const re2 = RE2JS.compile(pattern);
    return {
      test: (text) => re2.matcher(text).find(),
      groupsOf(text) {
        const matcher = re2.matcher(text);
        if (!matcher.find()) return undefined;
        const numbers = Array.from({ length: re2.groupCount() + 1 }, (_, index) => [String(index), index] as const);
        const places = [...numbers, ...Object.entries(re2.namedGroups())];
        return new Map(places.map(([name, index]) => [name, matcher.group(index) ?? '']));
      },
    };
  } catch (error) {
    if (error instanceof RE2JSException) return undefined;
    throw error;
  }
}
