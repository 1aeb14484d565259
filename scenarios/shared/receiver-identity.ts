/**
 * Reads from a response who answered, as the receiver named itself; empty when it said nothing.
 *
 * What k6 knows of each kind of `--identify` stands here, in one record; what the harness knows of it in
 * harness/documents/identify-kinds.ts. The types are shared, so that a kind that one side lacks does not compile, and
 * harness/testkit/identify-cases.ts holds both readers, and k6 itself, to one table of answers.
 */
export interface IdentifyKinds {
  /** `name` in the spelling of k6's headers when k6 is told, in lower case before. */
  header: {
    readonly name: string;
    /** Which of several values, from 0; without it the last one. */
    readonly at?: number;
    /** Its first group in a value, or the match when there is none. */
    readonly pattern?: string;
  };
  cookie: { readonly name: string; readonly pattern?: string };
  /** A GJSON path, special characters of its keys escaped by `\`. */
  json: { readonly path: string };
  /** The first group in the body, or the match when there is none. */
  regex: { readonly pattern: string };
  /** The proxies' access logs name the receiver: the answer says nothing, and k6 reads nothing. */
  proxy: Record<never, never>;
}
export type IdentifyKind = keyof IdentifyKinds;
export type IdentifyOf<K extends IdentifyKind> = { [Kind in K]: { readonly kind: Kind } & IdentifyKinds[Kind] }[K];
/** How a receiver's own name is read from its answer. */
export type Identify = IdentifyOf<IdentifyKind>;

/** The part of k6's Response that is read. */
export interface Answer {
  /** Several values of one name are one text here, joined by a comma and a blank. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Of all `Set-Cookie` headers that Go's net/http understands, in their order. */
  readonly cookies: Readonly<Record<string, readonly { readonly value: string }[] | undefined>>;
  readonly body: unknown;
  json(selector: string): unknown;
}

type Reader = (answer: Answer) => string;

const READERS: { readonly [K in IdentifyKind]: (identify: IdentifyOf<K>) => Reader } = {
  header({ name, at, pattern }) {
    const inOne = finder(pattern);
    return (answer) => {
      const given = answer.headers[name];
      // a header may be called `__proto__`
      const joined = typeof given === 'string' ? given : '';
      // nearly every answer has one value, and this runs for each request
      if (at === undefined && joined.indexOf(',') < 0) return inOne(joined);
      const values = joined
        .split(', ')
        .map((value) => value.trim())
        .filter((value) => value !== '');
      if (at !== undefined) return inOne(values[at] ?? '');
      for (let index = values.length - 1; index >= 0; index -= 1) {
        const found = inOne(values[index] ?? '');
        if (found !== '') return found;
      }
      return '';
    };
  },

  cookie({ name, pattern }) {
    const inOne = finder(pattern);
    return ({ cookies }) => {
      const values = cookies[name] ?? [];
      return inOne((values[values.length - 1]?.value ?? '').trim());
    };
  },

  json: ({ path }) => {
    return (answer) => {
      if (typeof answer.body !== 'string') return '';
      try {
        return nameOf(answer.json(path));
      } catch {
        return ''; // no JSON: the receiver did not name itself
      }
    };
  },

  regex({ pattern }) {
    const inBody = finder(pattern);
    return ({ body }) => (typeof body === 'string' ? inBody(body) : '');
  },

  proxy: () => () => '',
};

export function receiverReader<K extends IdentifyKind>(identify: IdentifyOf<K>): Reader {
  return READERS[identify.kind](identify);
}

/** All of a text, or what the pattern finds in it. */
function finder(source: string | undefined): (text: string) => string {
  if (source === undefined) return (text) => text;
  const pattern = new RegExp(source);
  return (text) => {
    const match = pattern.exec(text);
    if (match === null) return '';
    return match.length > 1 ? (match[1] ?? '') : match[0];
  };
}

/** A text as it is, a number or a truth value as JSON; lists and objects name nobody. */
function nameOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? JSON.stringify(value) : '';
}
