import { describe, expect, test } from 'vitest';
import { type Answer, type Identify, receiverReader } from '../../../scenarios/shared/receiver-identity.ts';
import { parseIdentify, scriptIdentify } from '../../documents/identify-kinds.ts';
import { jsonAt } from '../../documents/json-at.ts';
import { keysOf } from '../../documents/json-path.ts';
import { IDENTIFY_CASES, type IdentifyCase } from '../../testkit/identify-cases.ts';

/** An answer as k6 gives it; that k6 does so is what identify-cases.integration.test.ts asks k6. */
function asK6({ headers = [], body = '' }: Pick<IdentifyCase, 'headers' | 'body'>, identify: Identify): Answer {
  const joined: Record<string, string> = {};
  const cookies: Record<string, { value: string }[]> = {};
  for (const [name, value] of headers) {
    const key = name.toLowerCase().replaceAll(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
    joined[key] = joined[key] === undefined ? value : `${joined[key]}, ${value}`;
    const [, cookie = '', text = ''] = /^ *([\w-]+) *=(?: *)([^;]*?) *(?:;.*)?$/.exec(value) ?? [];
    const unquoted = text.replace(/^"(.*)"$/, '$1');
    if (key === 'Set-Cookie' && cookie !== '' && /^[ !#-:<-[\]-~]*$/.test(unquoted))
      cookies[cookie] = [...(cookies[cookie] ?? []), { value: unquoted }];
  }
  const json = (selector: string) => {
    if (identify.kind !== 'json') throw new TypeError('only the kind json asks for JSON');
    return jsonAt(body, keysOf(selector));
  };
  return { headers: joined, cookies, body, json };
}

describe("k6's reader", () => {
  test.each(IDENTIFY_CASES)('$identify: $what', (one) => {
    const identify = scriptIdentify(parseIdentify(one.identify));
    expect(receiverReader(identify)(asK6(one, identify))).toBe(one.is);
  });

  test('a body that k6 did not keep, and one that it cannot read, name nobody', () => {
    const unread: Answer = { headers: {}, cookies: {}, body: null, json: () => expect.unreachable() };
    expect(receiverReader({ kind: 'json', path: 'version' })(unread)).toBe('');
    expect(receiverReader({ kind: 'regex', pattern: 'v' })(unread)).toBe('');
    const broken = { ...unread, body: '', json: () => JSON.parse('') as unknown };
    expect(receiverReader({ kind: 'json', path: 'version' })(broken)).toBe('');
  });
});
