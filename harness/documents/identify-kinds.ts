/**
 * The kinds of `--identify`, one entry each: how it is typed, how an answer is read by it before the load, and what k6
 * is told. k6's own reader of each kind is in scenarios/shared/receiver-identity.ts; another kind is another entry here
 * and one there. harness/testkit/identify-cases.ts holds both to one table of answers.
 *
 * Pure.
 */
import { HarnessError, usageError } from '../errors/harness-error.ts';
import { linearPattern } from '../pattern/linear-pattern.ts';
import type { Identify, IdentifyKind, IdentifyOf } from '../ports/identify.ts';
import { type AnswerHeaders, canonicalHeaderName, cookieOf, TOKEN, valuesOf } from './answer-headers.ts';
import { jsonAt } from './json-at.ts';
import { keysOf, pathOf, readJsonPath, writeJsonPath } from './json-path.ts';

export interface IdentifiedAnswer {
  readonly headers: AnswerHeaders;
  /** Decompressed. */
  readonly body: string;
}

interface Kind<K extends IdentifyKind> {
  /** How it is written, for help texts and hints. */
  readonly form: string;
  /** k6 keeps no bodies when the kind does not read them. */
  readonly readsBody: boolean;
  /** Of what stands behind `kind:`. @throws HarnessError (exit 2) IDENTIFY_* */
  parse(text: string): IdentifyOf<K>;
  /** What stands behind `kind:`, such that `parse` gives the same again. */
  describe(identify: IdentifyOf<K>): string;
  /** Empty when the answer does not say. */
  read(identify: IdentifyOf<K>, answer: IdentifiedAnswer): string;
  /** As k6 is told: header names in its spelling, patterns in the one that it runs in Go's regexp package. */
  script(identify: IdentifyOf<K>): IdentifyOf<K>;
}

const KINDS: { readonly [K in IdentifyKind]: Kind<K> } = {
  header: {
    form: 'header:NAME[=PATTERN]',
    readsBody: false,
    parse(text) {
      const { before, pattern } = aroundEqualsSign(text, 'header');
      const [, name = '', at] = /^([^[\]]*)(?:\[(\d{1,3})\])?$/.exec(before.trim()) ?? [];
      if (!TOKEN.test(name))
        refuse('IDENTIFY_HEADER', `'${before}' is not the name of an HTTP header`, {
          hint: 'Such as header:x-app-version; header:x-app-version[0] for the first of several values; header:x-app-version=(v[0-9]+) for a part of one.',
        });
      return { kind: 'header', name: name.toLowerCase(), ...(at === undefined ? {} : { at: Number(at) }), ...pattern };
    },
    describe: ({ name, at, pattern }) => `${name}${at === undefined ? '' : `[${at}]`}${afterEqualsSign(pattern)}`,
    read({ name, at, pattern }, { headers }) {
      // as k6 shows them: whether two values came in one line or in two cannot be told, and means the same in HTTP
      const values = valuesOf(headers, name).join(', ').split(', ');
      const given = values.map((value) => value.trim()).filter((value) => value !== '');
      const chosen = at === undefined ? given.toReversed() : given.slice(at, at + 1);
      return chosen.map((value) => found(pattern, value)).find((name) => name !== '') ?? '';
    },
    script: ({ name, pattern, ...rest }) => ({ ...rest, name: canonicalHeaderName(name), ...scriptPattern(pattern) }),
  },

  cookie: {
    form: 'cookie:NAME[=PATTERN]',
    readsBody: false,
    parse(text) {
      const { before, pattern } = aroundEqualsSign(text, 'cookie');
      const name = before.trim();
      if (!TOKEN.test(name))
        refuse('IDENTIFY_COOKIE', `'${before}' is not the name of a cookie`, {
          hint: 'Such as cookie:version, or cookie:session=^(v[0-9]+) for a part of its value.',
        });
      return { kind: 'cookie', name, ...pattern };
    },
    describe: ({ name, pattern }) => `${name}${afterEqualsSign(pattern)}`,
    read({ name, pattern }, { headers }) {
      const values = valuesOf(headers, 'set-cookie').flatMap((line) => cookieOf(line, name));
      return found(pattern, values.at(-1) ?? '');
    },
    script: ({ pattern, ...rest }) => ({ ...rest, ...scriptPattern(pattern) }),
  },

  json: {
    form: 'json:PATH',
    readsBody: true,
    parse(text) {
      const keys = readJsonPath(text.trim());
      if (keys === undefined)
        return refuse('IDENTIFY_JSON_PATH', `'${text}' is not a path into a JSON answer`, {
          hint: 'Field names and list indices joined by dots, such as json:upstreams.reviews.version or json:items.0.version; a name with other characters in brackets and quotes, such as json:["app.kubernetes.io/version"].',
        });
      return { kind: 'json', path: pathOf(keys) };
    },
    describe: ({ path }) => writeJsonPath(path),
    read({ path }, { body }) {
      const value = jsonAt(body, keysOf(path));
      if (typeof value === 'string') return value.toWellFormed();
      return typeof value === 'number' || typeof value === 'boolean' ? JSON.stringify(value) : '';
    },
    script: (identify) => identify,
  },

  regex: {
    form: 'regex:PATTERN',
    readsBody: true,
    parse: (text) => ({ kind: 'regex', pattern: checkedPattern(text, 'regex') }),
    describe: ({ pattern }) => pattern,
    read: ({ pattern }, { body }) => found(pattern, body),
    script: ({ kind, pattern }) => ({ kind, pattern: linearPattern(pattern).script }),
  },

  proxy: {
    form: 'proxy',
    readsBody: false,
    parse(text) {
      if (text !== '')
        refuse('IDENTIFY_SYNTAX', `'proxy' takes nothing behind it, but '${text}' stands there`, {
          hint: 'Write proxy: the access logs of the proxies name the pod that answered.',
        });
      return { kind: 'proxy' };
    },
    describe: () => '',
    // what the answer holds names nobody: harness/answerers joins it with the proxies' logs
    read: () => '',
    script: (identify) => identify,
  },
};

/** Every form, for help texts. */
export const IDENTIFY_FORMS: string = formsOf(Object.values(KINDS).map(({ form }) => form));

/**
 * `header:x-version`, `header:x-version=^(v\d+)`, `cookie:version`, `json:$.upstreams[1].version`,
 * `regex:version="(v\d+)"`.
 *
 * @throws HarnessError (exit 2) IDENTIFY_SYNTAX, IDENTIFY_HEADER, IDENTIFY_COOKIE, IDENTIFY_JSON_PATH, IDENTIFY_REGEX,
 * IDENTIFY_REGEX_GROUP
 */
export function parseIdentify(text: string): Identify {
  const separator = text.indexOf(':');
  const kind = separator < 0 ? text : text.slice(0, separator);
  if (!Object.hasOwn(KINDS, kind))
    return refuse('IDENTIFY_SYNTAX', `'${text}' does not say how the receiver is identified`, { hint: FORMS_HINT });
  return KINDS[kind as IdentifyKind].parse(separator < 0 ? '' : text.slice(separator + 1));
}

/** As it may be typed: `parseIdentify` reads the same from it. */
export function identifyText<K extends IdentifyKind>(identify: IdentifyOf<K>): string {
  const described = KINDS[identify.kind].describe(identify);
  return described === '' ? identify.kind : `${identify.kind}:${described}`;
}

/** Who answered, by the rules that the load applies to every answer; empty when the answer does not say. */
export function readIdentity<K extends IdentifyKind>(identify: IdentifyOf<K>, answer: IdentifiedAnswer): string {
  return KINDS[identify.kind].read(identify, answer);
}

export function scriptIdentify<K extends IdentifyKind>(identify: IdentifyOf<K>): IdentifyOf<K> {
  return KINDS[identify.kind].script(identify);
}

export function readsBody({ kind }: Identify): boolean {
  return KINDS[kind].readsBody;
}

const FORMS_HINT = `Write ${IDENTIFY_FORMS}, such as header:x-version or json:service.version.`;

function formsOf(forms: readonly string[]): string {
  return `${forms.slice(0, -1).join(', ')} or ${forms.at(-1)}`;
}

/** The first `=` separates: no name of a header or a cookie holds one. */
function aroundEqualsSign(
  text: string,
  kind: 'header' | 'cookie',
): { readonly before: string; readonly pattern: { readonly pattern?: string } } {
  const separator = text.indexOf('=');
  if (separator < 0) return { before: text, pattern: {} };
  return { before: text.slice(0, separator), pattern: { pattern: checkedPattern(text.slice(separator + 1), kind) } };
}

function afterEqualsSign(pattern: string | undefined): string {
  return pattern === undefined ? '' : `=${pattern}`;
}

function scriptPattern(pattern: string | undefined): { readonly pattern?: string } {
  return pattern === undefined ? {} : { pattern: linearPattern(pattern).script };
}

/** All of a text, or what the pattern finds in it; empty when it finds nothing. */
function found(pattern: string | undefined, text: string): string {
  return pattern === undefined ? text : (linearPattern(pattern).firstOf(text) ?? '');
}

/** Matched in linear time, with at most one group. */
function checkedPattern(text: string, kind: IdentifyKind): string {
  if (text === '') return refuse('IDENTIFY_REGEX', 'the pattern is empty', { hint: FORMS_HINT });
  const groups = groupsOf(text);
  if (groups > 1)
    refuse(
      'IDENTIFY_REGEX_GROUP',
      `the pattern '${text}' has ${groups} capture groups, but only one may name the version`,
      {
        hint: `Put parentheses around the version, and (?: ) around anything else, such as ${kind === 'regex' ? 'regex:version' : `${kind}:NAME`}=(v[0-9]+).`,
      },
    );
  return text;
}

function groupsOf(pattern: string): number {
  try {
    return linearPattern(pattern).groups;
  } catch (cause) {
    if (!(cause instanceof HarnessError)) throw cause;
    const hint = `${cause.hint ?? FORMS_HINT} Quote it for your shell.`;
    return refuse('IDENTIFY_REGEX', cause.message, { hint, cause });
  }
}

function refuse(code: string, message: string, extra: { readonly hint: string; readonly cause?: unknown }): never {
  throw usageError(code, message, { where: '--identify', ...extra });
}
