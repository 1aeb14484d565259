import { expect, test } from 'vitest';
import { createOnce } from './once.ts';

test('the first that asks makes it for all that ask under the same key, and nobody else', () => {
  const once = createOnce();
  let made = 0;
  const make = () => {
    made += 1;
    return made;
  };
  expect([once('trials', make), once('trials', make), once('board', make), createOnce()('trials', make)]).toEqual([
    1, 1, 2, 3,
  ]);
});

test('what turned out to be nothing is not made again', () => {
  const once = createOnce();
  let made = 0;
  const make = () => {
    made += 1;
  };
  once('none', make);
  once('none', make);
  expect(made).toBe(1);
});
