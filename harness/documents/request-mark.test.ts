import { expect, test } from 'vitest';
import { markedUserAgent, markIn, USER_AGENT } from './request-mark.ts';

test('what is written is read', () => {
  expect(markIn(`${markedUserAgent('0af3')}12`)).toEqual({ load: '0af3', sequence: 12 });
  expect(markIn(`${markedUserAgent('0af3', 'theirs canaryproof-request/zz.1')}0`)).toEqual({
    load: '0af3',
    sequence: 0,
  });
});

test.each(['', USER_AGENT, markedUserAgent('0af3'), 'xcanaryproof-request/a.1', 'canaryproof-request/A.1'])(
  '%j holds no mark',
  (text) => expect(markIn(text)).toBeUndefined(),
);
