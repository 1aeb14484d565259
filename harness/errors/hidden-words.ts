/**
 * What a user typed and nobody else may read: values of headers, user info and query values of URLs. Two lines of
 * defence, because reports are shared and logs are public:
 * - by place: command lines and URLs are written down with those parts as `***`, whatever they hold;
 * - by content: texts from elsewhere (answers of a server that echoes, the words of other programs) lose each such value,
 *   in every spelling that is common. Only values long enough to be nothing else: a header `X-Version: 1` must not
 *   take every 1 out of a report.
 * Pure.
 */

export const HIDDEN = '***';
const SECRET_NAME = /auth|cookie|token|secret|key|passw|pwd|credential|session|signature|^sig$/i;
/** Headers whose values are no secrets; they are hidden in command lines, but not wherever the same word occurs. */
const COMMON_HEADER = /^(host|accept(-[\w-]+)?|content-[\w-]+|user-agent|cache-control|connection|x-forwarded-\w+)$/i;
const SHORTEST = 8;
const SHORTEST_SECRET = 4;

export class HiddenWords {
  #spellings: readonly string[] = [];

  /** @param name of the header or the query parameter; decides from which length on the value is looked for */
  addNamed(name: string, value: string): void {
    if (COMMON_HEADER.test(name)) return;
    const least = SECRET_NAME.test(name) ? SHORTEST_SECRET : SHORTEST;
    // `Bearer abc`: the token alone may be echoed as well
    this.#add([value, ...value.split(/[\s;,]+/)], least);
    const basic = /^basic\s+([A-Za-z0-9+/_-]+=*)$/i.exec(value.trim())?.[1];
    if (basic !== undefined) this.#add(Buffer.from(basic, 'base64').toString('utf8').split(':'), SHORTEST_SECRET);
  }

  /** User info and query values of a URL; a text that is no URL has none. */
  addUrl(text: string): void {
    const url = URL.parse(text);
    if (url === null) return;
    const [user, password] = [decoded(url.username), decoded(url.password)];
    // as they were typed, too: `p%41ss` is no spelling that anybody would make of `pAss`
    this.#add([user, password, url.username, url.password], SHORTEST_SECRET);
    // what a client makes of them: `Authorization: Basic ...`, which a server may echo
    if (user !== '' || password !== '') this.#add([`${user}:${password}`], SHORTEST_SECRET);
    for (const [name, value] of url.searchParams) this.addNamed(name, value);
  }

  /** The text without those values; the same text when it holds none. */
  hide(text: string): string {
    let hidden = text;
    for (const spelling of this.#spellings) if (hidden.includes(spelling)) hidden = hidden.replaceAll(spelling, HIDDEN);
    return hidden;
  }

  #add(values: readonly string[], least: number): void {
    const spellings = values.filter((value) => value.length >= least).flatMap(spellingsOf);
    // long ones first: a part of a value must not be taken out before the whole
    this.#spellings = [...new Set([...this.#spellings, ...spellings])].sort((a, b) => b.length - a.length);
  }
}

function spellingsOf(value: string): readonly string[] {
  const encoded = encodeURIComponent(value.toWellFormed());
  const bytes = Buffer.from(value);
  const json = JSON.stringify(value).slice(1, -1);
  return [
    value,
    json,
    // Go's JSON, and what a page makes of a text
    json.replace(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`),
    ...['&#39;', '&#x27;', '&apos;', "'"].flatMap((quote) =>
      ['&quot;', '&#34;', '"'].map((two) => html(value, quote, two)),
    ),
    decoded(value),
    encoded,
    encoded.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    encoded.replaceAll('%20', '+'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
  ].filter((spelling) => spelling.length >= SHORTEST_SECRET);
}

function html(value: string, single: string, double: string): string {
  const plain = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return plain.replaceAll("'", single).replaceAll('"', double);
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

const SCHEME = String.raw`(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{0,30}:\/\/`;
/** An address ends where another one begins (a list), unless that is the value of a query. */
const URL_LIKE = new RegExp(String.raw`(${SCHEME}|:\/\/)((?:(?!${SCHEME})[^\s?#])*(?:[?#]\S*)?)`, 'g');

/**
 * Every URL in the text without user info, query values and fragment: `http://***@host/path?token=***`. What looks like
 * one and cannot be parsed loses everything up to its last `@`, and every value.
 */
export function hideInUrls(text: string): string {
  return text.replace(URL_LIKE, (_, scheme: string, rest: string) => {
    // an unescaped `/` or `?` in a password ends the authority early: mostly that is no URL any more
    const unclear = !URL.canParse(scheme + rest) && rest.includes('@');
    const clear = unclear ? `${HIDDEN}@${rest.slice(rest.lastIndexOf('@') + 1)}` : rest;
    const [, address = '', query = '', fragment = ''] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(clear) ?? [];
    const shownFragment = fragment === '' ? '' : `#${HIDDEN}`;
    return scheme + withoutUserInfo(address) + withoutValues(query) + shownFragment;
  });
}

function withoutUserInfo(address: string): string {
  const authority = address.split('/', 1)[0] ?? '';
  const at = authority.lastIndexOf('@');
  return at < 0 ? address : `${HIDDEN}@${address.slice(at + 1)}`;
}

/** `?a=1&b` becomes `?a=***&***`. */
function withoutValues(query: string): string {
  if (query.length < 2) return query;
  const parts = query.slice(1).split('&');
  return `?${parts.map((part) => (part.includes('=') ? `${part.slice(0, part.indexOf('='))}=${HIDDEN}` : HIDDEN)).join('&')}`;
}
