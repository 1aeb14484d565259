import { describe, expect, test } from 'vitest';
import { IDENTIFY_CASES } from '../testkit/identify-cases.ts';
import { IDENTIFY_FORMS, identifyText, parseIdentify, readIdentity, scriptIdentify } from './identify-kinds.ts';

describe("the harness's reader", () => {
  test.each(IDENTIFY_CASES)('$identify: $what', ({ identify, headers = [], body = '', is }) => {
    const byName = Map.groupBy(headers, ([name]) => name.toLowerCase());
    const lists = [...byName].map(([name, values]) => [name, values.map(([, value]) => value)]);
    expect(readIdentity(parseIdentify(identify), { headers: Object.fromEntries(lists), body })).toBe(is);
  });

  test('what is typed is read the same from what is shown', () => {
    for (const { identify } of IDENTIFY_CASES) {
      const parsed = parseIdentify(identify);
      expect(parseIdentify(identifyText(parsed))).toEqual(parsed);
    }
  });

  test('the table has both answers for every kind', () => {
    for (const form of IDENTIFY_FORMS.split(/, | or /)) {
      const kind = form.split(':')[0]!;
      const rows = IDENTIFY_CASES.filter(({ identify }) => parseIdentify(identify).kind === kind);
      // with `proxy` it is never the answer that says it
      const both = kind === 'proxy' ? [true] : [true, false];
      expect(new Set(rows.map(({ is }) => is === ''))).toEqual(new Set(both));
    }
  });
});

describe('what is typed', () => {
  test.each([
    ['header:X-A[1]', { kind: 'header', name: 'x-a', at: 1 }],
    ['header:X-A=b=c', { kind: 'header', name: 'x-a', pattern: 'b=c' }],
    ['cookie:Version', { kind: 'cookie', name: 'Version' }],
    ['cookie:a=(b):c', { kind: 'cookie', name: 'a', pattern: '(b):c' }],
    ['proxy', { kind: 'proxy' }],
    ['json:["a.b"].version', { kind: 'json', path: String.raw`a\.b.version` }],
    [`json:$['a"b'][0]`, { kind: 'json', path: String.raw`a\"b.0` }],
  ])('%s', (text, expected) => {
    expect(parseIdentify(text)).toEqual(expected);
  });

  test.each([
    ['constructor:x', 'IDENTIFY_SYNTAX'],
    ['proxy:cart', 'IDENTIFY_SYNTAX'],
    ['header:x[', 'IDENTIFY_HEADER'],
    ['header:x[-1]', 'IDENTIFY_HEADER'],
    ['header:x[a]', 'IDENTIFY_HEADER'],
    ['header:[0]', 'IDENTIFY_HEADER'],
    ['header:=v1', 'IDENTIFY_HEADER'],
    ['header:x=', 'IDENTIFY_REGEX'],
    ['header:x=(', 'IDENTIFY_REGEX'],
    ['header:x=(?=a)b', 'IDENTIFY_REGEX'],
    ['header:x=(a)(b)', 'IDENTIFY_REGEX_GROUP'],
    ['cookie:', 'IDENTIFY_COOKIE'],
    ['cookie:a b', 'IDENTIFY_COOKIE'],
    ['cookie:a;b', 'IDENTIFY_COOKIE'],
    ['cookie:a[0]', 'IDENTIFY_COOKIE'],
    ['cookie:a=', 'IDENTIFY_REGEX'],
    ['cookie:a=(a)\\1', 'IDENTIFY_REGEX'],
    ['json:[""]', 'IDENTIFY_JSON_PATH'],
    ['json:["a', 'IDENTIFY_JSON_PATH'],
    ['json:["\\x"]', 'IDENTIFY_JSON_PATH'],
    ['json:["a"]b', 'IDENTIFY_JSON_PATH'],
    ['json:a.[0]', 'IDENTIFY_JSON_PATH'],
    ['json:a.', 'IDENTIFY_JSON_PATH'],
    ['json:$a', 'IDENTIFY_JSON_PATH'],
    ['json:@this', 'IDENTIFY_JSON_PATH'],
    ['regex:(a+)+\\1', 'IDENTIFY_REGEX'],
  ])('%s is refused with %s', (text, code) => {
    expect(() => parseIdentify(text)).toThrow(
      expect.objectContaining({ code, exitCode: 2, where: '--identify', hint: expect.stringMatching(/\S/) }),
    );
  });

  test('what k6 is told: its spelling of headers, patterns for its linear engine', () => {
    expect(scriptIdentify(parseIdentify('header:x-app-version[0]=\\u0041.'))).toEqual({
      kind: 'header',
      name: 'X-App-Version',
      at: 0,
      pattern: expect.stringMatching(/^A\[/),
    });
    expect(scriptIdentify(parseIdentify('cookie:a'))).toEqual({ kind: 'cookie', name: 'a' });
  });
});
