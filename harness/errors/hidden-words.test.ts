import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HiddenWords, hideInUrls } from './hidden-words.ts';

function words(headers: Readonly<Record<string, string>>, ...urls: string[]): HiddenWords {
  const hidden = new HiddenWords();
  for (const [name, value] of Object.entries(headers)) hidden.addNamed(name, value);
  for (const url of urls) hidden.addUrl(url);
  return hidden;
}

describe('values are hidden wherever they appear', () => {
  const hidden = words(
    { Authorization: 'Bearer t0ken"x', 'X-Auth': 'tiny', Cookie: 'a=b; sid=longvalue' },
    'http://user:pa%2Fss@h/?q=needle-in-hay&n=1',
  );
  test.each([
    ['it said t0ken"x', 'it said ***'],
    ['{"echo":"Bearer t0ken\\"x"}', '{"echo":"***"}'],
    ['x tiny x', 'x *** x'],
    ['pa/ss and pa%2Fss', '*** and ***'],
    ['?needle-in-hay', '?***'],
    [Buffer.from('needle-in-hay').toString('base64').replace(/=+$/, ''), '***'],
    ['n=1 stays', 'n=1 stays'],
  ])('%j', (text, shown) => {
    expect(hidden.hide(text)).toBe(shown);
  });

  test('the two halves of a Basic header too', () => {
    const basic = words({ Authorization: `Basic ${Buffer.from('alice:open-sesame').toString('base64')}` });
    expect(basic.hide('user alice, password open-sesame')).toBe('user ***, password ***');
  });

  test('what a client makes of user info, which a server may echo', () => {
    const url = words({}, 'http://alice:pw@h/', 'http://bob:open%2Bsesame@h/');
    for (const pair of ['alice:pw', 'bob:open+sesame'])
      expect(url.hide(`Basic ${Buffer.from(pair).toString('base64')}`)).toMatch(/^Basic \*\*\*=*$/);
  });

  test('user name and password as they were typed, needlessly escaped', () => {
    const url = words({}, 'http://al%69ce:p%41ssword@h/');
    expect(url.hide('al%69ce alice, p%41ssword pAssword')).toBe('*** ***, *** ***');
  });

  test.each([
    ['of a page', 'a&amp;b&lt;c&gt;&quot;d&#39;e'],
    ['of a page, otherwise', 'a&amp;b&lt;c&gt;&#34;d&#x27;e'],
    ["of Go's JSON", 'a\\u0026b\\u003cc\\u003e\\"d\'e'],
    ['of a URL, in small letters', "a%26b%3cc%3e%22d'e"],
  ])('in the spelling %s', (_, spelling) => {
    expect(words({ 'X-Auth': 'a&b<c>"d\'e' }).hide(`<${spelling}>`)).toBe('<***>');
  });

  test('words that mean nothing secret stay', () => {
    const common = words({ Host: 'shop.example', 'X-Forwarded-Proto': 'https', 'X-Version': '1', Accept: 'text/html' });
    expect(common.hide('https://shop.example 1 text/html')).toBe('https://shop.example 1 text/html');
  });
});

test('no user info and no value of a query is left in a URL, however it is written', () => {
  const word = fc.string({ unit: fc.constantFrom(...'abz019%-._~!$'), minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(word, word, fc.array(fc.tuple(word, word), { maxLength: 4 }), (user, password, query) => {
      const pairs = query.map(([name, value]) => `${name}=SECRET${value}`).join('&');
      const shown = hideInUrls(`see http://USER${user}:SECRET${password}@host.example/path?${pairs} there`);
      expect(shown).not.toMatch(/SECRET|USER/);
      expect(shown).toContain('@host.example/path?');
      expect(shown.startsWith('see http://') && shown.endsWith(' there')).toBe(true);
    }),
    { seed: 11, numRuns: 2000 },
  );
});
