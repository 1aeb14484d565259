import { describe, expect, it } from 'vitest';
import { type Answer, receiverReader } from '../../../scenarios/shared/receiver-identity.ts';

/** An answer as k6 gives it; `json` finds top-level fields only, which is all that these cases need of gjson. */
function answer(body: string | null, headers: Record<string, string> = {}): Answer {
  return { headers, body, json: (selector) => (JSON.parse(body ?? '') as Record<string, unknown>)[selector] };
}

describe('receiverReader', () => {
  it('finds a header', () => {
    const read = receiverReader({ kind: 'header', name: 'X-App-Version' });
    expect(read(answer(null, { 'X-App-Version': 'v2' }))).toBe('v2');
    expect(read(answer(null, { 'X-Other': 'v2' }))).toBe('');
  });

  it('takes a text from JSON as it is and anything else as JSON', () => {
    const read = receiverReader({ kind: 'json', path: 'version' });
    expect(read(answer('{"version":"v1"}'))).toBe('v1');
    expect(read(answer('{"version":2}'))).toBe('2');
    expect(read(answer('{"version":{"a":1}}'))).toBe('{"a":1}');
    expect(read(answer('{"version":null}'))).toBe('');
    expect(read(answer('{}'))).toBe('');
    expect(read(answer('<html>'))).toBe('');
    expect(read(answer(null))).toBe('');
  });

  it('takes the group of a pattern, or the match when there is no group', () => {
    expect(receiverReader({ kind: 'regex', pattern: 'version=(v\\d)' })(answer('a version=v2 b'))).toBe('v2');
    expect(receiverReader({ kind: 'regex', pattern: 'v\\d' })(answer('a version=v2 b'))).toBe('v2');
    expect(receiverReader({ kind: 'regex', pattern: 'x|version=(v\\d)' })(answer('x'))).toBe('');
    expect(receiverReader({ kind: 'regex', pattern: 'v\\d' })(answer('nothing'))).toBe('');
  });
});
