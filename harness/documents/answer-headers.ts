/** Headers and cookies of an answer as k6, which runs net/http of Go, shows them. Pure. */

/** Names in lower case; several values of one name as a list, in the order in which they came. */
export type AnswerHeaders = Readonly<Record<string, string | readonly string[]>>;

/** RFC 9110 section 5.6.2, "token": names of headers, and by RFC 6265 of cookies. */
export const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** A header may be called `constructor`. */
export function valuesOf(headers: AnswerHeaders, name: string): readonly string[] {
  return Object.hasOwn(headers, name) ? [headers[name] ?? []].flat() : [];
}

/** RFC 6265 with blanks and commas, which net/http of Go, and so k6, takes as well; it passes over any other cookie. */
const COOKIE_VALUE = /^[\x20\x21\x23-\x3a\x3c-\x5b\x5d-\x7e]*$/;

/**
 * The cookie's value as net/http of Go reads it (readSetCookies), since k6 shows what that understood: attributes may
 * hold commas, a value may stand in quotes, and a cookie with a character that no cookie may have is no cookie.
 */
export function cookieOf(line: string, name: string): readonly string[] {
  const pair = (line.split(';')[0] ?? '').replace(/^[ \t]+|[ \t]+$/g, '');
  const separator = pair.indexOf('=');
  if (separator < 0 || pair.slice(0, separator).trim() !== name) return [];
  const text = pair.slice(separator + 1);
  const value = text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
  return COOKIE_VALUE.test(value) ? [value.trim()] : [];
}

/**
 * The spelling under which k6 lists a header: Go's canonical MIME form (`x-version` becomes `X-Version`).
 * Source: Go net/textproto, CanonicalMIMEHeaderKey.
 */
export function canonicalHeaderName(name: string): string {
  return name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
    .join('-');
}
