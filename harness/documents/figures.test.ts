import { expect, test } from 'vitest';
import { percent } from './figures.ts';

test.each([
  [0.1, undefined, '10 %'],
  [0.09876, undefined, '9.88 %'],
  [0.09876, { decimals: 1 }, '9.9 %'],
  [0.999, { decimals: 0 }, '100 %'],
  // what two decimals would round away
  [0.000_234, { digits: 3 }, '0.0234 %'],
  [0.5, { digits: 3 }, '50 %'],
  [0, { digits: 3 }, '0 %'],
  [1e-7, { digits: 3 }, '0.00001 %'],
] as const)('%d rounded to %j is %s', (share, rounding, text) => {
  expect(percent(share, rounding)).toBe(text);
});
