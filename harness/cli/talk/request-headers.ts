/**
 * Headers of requests: `-H 'Name: value'`, `-H @file` with one header a line, as curl has it, and `--header-env
 * 'Name: VARIABLE'`. The last two keep a secret out of the command line, which every user of a machine can read.
 *
 * @throws HarnessError (exit 2) HEADER_SYNTAX, HEADER_FILE, HEADER_VARIABLE; none of them repeats a value.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { usageError } from '../../errors/harness-error.ts';
import type { HiddenWords } from '../../errors/hidden-words.ts';

/** Header name, as first written, to its value. */
export type Headers = Readonly<Record<string, string>>;

/** RFC 9110 section 5.6.2, "token". */
const NAME = /^[!#$%&'*+.^`|~\w-]+$/;
/** RFC 9110 section 5.5: no line breaks, no NUL; what is beyond Latin-1 has no bytes in HTTP/1.1. */
const VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/** As on the command line, in the order given. */
export interface TypedHeaders {
  /** Values of `-H`. */
  readonly typed: readonly string[];
  /** Values of `--header-env`. */
  readonly fromEnvironment: readonly string[];
}

/**
 * In the order given, `--header-env` last; a later header replaces one of the same name.
 * @param hidden learns every value, also of those that are replaced
 */
export function readHeaders(
  { typed, fromEnvironment }: TypedHeaders,
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
  hidden: Pick<HiddenWords, 'addNamed'>,
): Headers {
  const lines = typed.flatMap((text) =>
    text.startsWith('@') ? linesOf(path.resolve(cwd, text.slice(1))) : [header(text)],
  );
  const variables = fromEnvironment.map((text) => fromVariable(text, env));
  const byName = new Map<string, readonly [name: string, value: string]>();
  for (const [name, value] of [...lines, ...variables]) {
    hidden.addNamed(name, value);
    byName.set(name.toLowerCase(), [name, value]);
  }
  return Object.fromEntries(byName.values());
}

function linesOf(file: string): readonly (readonly [string, string])[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw usageError('HEADER_FILE', `cannot read the headers in ${file}`, {
      where: '--header',
      hint: 'One header a line, such as Authorization: Bearer abc.',
      cause,
    });
  }
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '' || line.trimStart().startsWith('#')) return [];
    return [header(line, `${file}:${index + 1}`)];
  });
}

function fromVariable(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): readonly [name: string, value: string] {
  const [name, variable] = header(text, '--header-env');
  const value = env[variable];
  if (value === undefined || value === '')
    throw usageError('HEADER_VARIABLE', `the environment has no value for ${name}: ${variable} is not set`, {
      where: '--header-env',
      hint: "Write --header-env 'Name: VARIABLE', such as --header-env 'Authorization: API_TOKEN'.",
    });
  return header(`${name}: ${value}`, `environment variable ${variable}`);
}

function header(text: string, where = '--header'): readonly [name: string, value: string] {
  const colon = text.indexOf(':');
  const name = text.slice(0, Math.max(0, colon)).trim();
  const value = text.slice(colon + 1).trim();
  if (!NAME.test(name) || !VALUE.test(value))
    throw usageError('HEADER_SYNTAX', `this is no header: ${problemOf(name, colon)}`, {
      where,
      hint: "Write 'Name: value' on one line, or -H @file.",
    });
  return [name, value];
}

/** Says what is wrong without the value, which may be a password. */
function problemOf(name: string, colon: number): string {
  if (colon < 0) return 'it has no colon';
  return NAME.test(name) ? `the value of ${name} has a character that HTTP does not allow` : 'its name is not one';
}
