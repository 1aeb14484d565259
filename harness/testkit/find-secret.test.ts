import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { findInBytes } from './find-secret.ts';

const SECRET = 'canary-5f1d';
const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64');

describe('a secret is found', () => {
  test.each([
    ['as it is', `x ${SECRET} y`],
    ['in base64, at each alignment', `"${base64(`a${SECRET}`)}"`],
    ['in base64, at the second', `"${base64(`ab${SECRET}`)}"`],
    ['in base64url', Buffer.from(`abc${SECRET}??>>`).toString('base64url')],
    ['behind other letters of base64', `data${base64(SECRET)}`],
    ['in gzip', gzipSync(`x ${SECRET}`)],
    ['in gzip that was cut short', gzipSync(`${SECRET}${'x'.repeat(100_000)}`).subarray(0, 60)],
    [
      'in a source map in a script',
      `//# sourceMappingURL=data:application/json;base64,${base64(JSON.stringify({ a: `"${SECRET}"`, b: 'x'.repeat(99) }))}`,
    ],
    ['in gzip in base64', base64(gzipSync(`${'y'.repeat(200)}${SECRET}`))],
    ['in URL escapes', encodeURIComponent(`?x=${SECRET}`).replaceAll('-', '%2D')],
    ['in JSON escapes', `"${SECRET.replace('-', '\\u002d')}"`],
  ])('%s', (_, bytes) => {
    expect(findInBytes(Buffer.from(bytes), [SECRET])).not.toEqual([]);
  });

  test('and nowhere else', () => {
    expect(findInBytes(deflateRawSync(`no secret ${base64('no secret')}`), [SECRET])).toEqual([]);
  });
});
