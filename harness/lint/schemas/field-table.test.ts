import { expect, it } from 'vitest';
import { type FieldTable, fieldsOfRow } from './field-table.ts';

it('a row is read once for each table', () => {
  const table: FieldTable = { sources: [], kinds: {}, rows: ['a b=1', 'c'] };
  const other: FieldTable = { ...table, rows: ['d'] };
  expect([...fieldsOfRow(table, 0)]).toEqual([
    ['a', undefined],
    ['b', 1],
  ]);
  expect(fieldsOfRow(table, 0)).toBe(fieldsOfRow(table, 0));
  expect([...fieldsOfRow(other, 0).keys()]).toEqual(['d']);
});
