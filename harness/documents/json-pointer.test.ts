import { describe, expect, it } from 'vitest';
import { pointerTo, valueAt, withoutValueAt, withValueAt } from './json-pointer.ts';

const DOCUMENT = { a: { 'x/y': 1, '~': 2 }, list: ['zero', { one: 1 }] };

describe('JSON pointers', () => {
  it('read what RFC 6901 escapes', () => {
    expect(valueAt(DOCUMENT, '/a/x~1y')).toBe(1);
    expect(valueAt(DOCUMENT, pointerTo('a', '~'))).toBe(2);
    expect(valueAt(DOCUMENT, pointerTo('list', 1, 'one'))).toBe(1);
    expect(valueAt(DOCUMENT, '')).toBe(DOCUMENT);
    expect(valueAt(DOCUMENT, '/a/none/deeper')).toBeUndefined();
    expect(valueAt(DOCUMENT, '/constructor')).toBeUndefined();
  });

  it('set in a copy, and make mappings on the way', () => {
    const made = withValueAt(DOCUMENT, '/a/new/deep', true);
    expect(made).toEqual({ ...DOCUMENT, a: { ...DOCUMENT.a, new: { deep: true } } });
    expect(DOCUMENT.a).not.toHaveProperty('new');
    expect(withValueAt(DOCUMENT, '/list/2', 'two')).toHaveProperty('list', ['zero', { one: 1 }, 'two']);
    expect(withValueAt(DOCUMENT, '/list/-', 'two')).toHaveProperty('list', ['zero', { one: 1 }, 'two']);
  });

  it('say when there is no such place', () => {
    expect(withValueAt(DOCUMENT, '/list/4', 'far')).toBeUndefined();
    expect(withValueAt(DOCUMENT, '/list/01', 'padded')).toBeUndefined();
    expect(withValueAt(DOCUMENT, '/a/~0/deeper', 1)).toBeUndefined();
    expect(withoutValueAt(DOCUMENT, '/list/2')).toBeUndefined();
    expect(withoutValueAt(DOCUMENT, '/a/none')).toBeUndefined();
  });

  it('remove from mappings and lists', () => {
    expect(withoutValueAt(DOCUMENT, '/list/0')).toEqual({ ...DOCUMENT, list: [{ one: 1 }] });
    expect(withoutValueAt(DOCUMENT, '/list/1/one')).toEqual({ ...DOCUMENT, list: ['zero', {}] });
    expect(withoutValueAt(DOCUMENT, '/a/~0')).toEqual({ ...DOCUMENT, a: { 'x/y': 1 } });
  });
});
