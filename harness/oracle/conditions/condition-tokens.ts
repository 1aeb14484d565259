/** The tokens of a condition (expr 1.15, parser/lexer). */
import { conditionError } from './condition-tree.ts';

export interface Token {
  readonly kind: 'number' | 'name' | 'operator' | 'string' | 'end';
  readonly text: string;
}

const PATTERN =
  /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|(?<number>0[xX][0-9a-fA-F_]+|(?:\d[\d_]*(?:\.(?!\.)[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)|(?<name>[A-Za-z_$][\w$]*)|(?<string>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|(?<operator>\?\.|\?\?|\.\.|\|\||&&|\*\*|[!=<>]=|[-+*/%^<>!?:;,.()[\]{}#|=])/uy;

/** Throws CONDITION_SYNTAX. */
export function tokensOf(condition: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < condition.length) {
    PATTERN.lastIndex = at;
    const found = PATTERN.exec(condition);
    if (!found) throw conditionError('CONDITION_SYNTAX', condition, `unexpected ${JSON.stringify(condition[at])}`);
    at = PATTERN.lastIndex;
    const { number, name, string, operator } = found.groups ?? {};
    if (number !== undefined) {
      if (/[A-Za-z_0-9]/.test(condition[at] ?? ''))
        throw conditionError('CONDITION_SYNTAX', condition, `bad number ${number}${condition[at]}`);
      tokens.push({ kind: 'number', text: number });
    } else if (name !== undefined) tokens.push({ kind: WORDS.has(name) ? 'operator' : 'name', text: name });
    else if (string !== undefined) tokens.push({ kind: 'string', text: string });
    else if (operator !== undefined) tokens.push({ kind: 'operator', text: operator });
  }
  return [...tokens, { kind: 'end', text: 'end' }];
}

const WORDS: ReadonlySet<string> = new Set([
  'not',
  'in',
  'or',
  'and',
  'let',
  'matches',
  'contains',
  'startsWith',
  'endsWith',
]);

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

/** The content of a quoted text (parser/lexer, unescape); undefined for an escape that expr refuses. */
export function textOfQuoted(quoted: string): string | undefined {
  let isValid = true;
  const text = quoted.slice(1, -1).replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[\s\S])/g, (_, sequence: string) => {
    if (sequence.length > 1) return String.fromCodePoint(Number.parseInt(sequence.slice(1), 16));
    if (ESCAPES[sequence] === undefined) isValid = false;
    return ESCAPES[sequence] ?? '';
  });
  return isValid ? text : undefined;
}
