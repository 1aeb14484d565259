import { expect, it } from 'vitest';
import { type Labels, labelKey } from './series.ts';

it('one text for one set of labels, whatever the order, and another one for every other', () => {
  expect(labelKey({ a: '1', b: '2' })).toBe(labelKey({ b: '2', a: '1' }));
  const different: readonly Labels[] = [
    {},
    { a: '' },
    { a: '1' },
    { a: '11' },
    { a: '1', b: '' },
    { a: '1b', b: '' },
    { a: '11:b', c: '' },
    { a: '1', '1b': '2' },
    { 'a1:1': '', b: '2' },
  ];
  expect(new Set(different.map(labelKey)).size).toBe(different.length);
});
