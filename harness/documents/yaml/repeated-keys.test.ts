import { expect, test } from 'vitest';
import { parseYamlSource } from '../yaml-source.ts';

function repeated(text: string): readonly string[] {
  return parseYamlSource('all.yaml', text).problems.map(
    ({ position: { line, column }, key }) => `${line}:${column} ${key ?? ''}`,
  );
}

test('keys that a mapping holds twice, in the order of their lines', () => {
  expect(repeated('a: 1\nb: { c: 1, c: 2 }\nd:\n  - e: 1\n    f: 2\n    e: 3\na: 2\n')).toEqual([
    '2:12 c',
    '6:5 e',
    '7:1 a',
  ]);
  expect(repeated('"a": 1\n\'a\': 2\n')).toEqual(["2:1 'a'"]);
});

test('but not in mappings of their own, of another type, or merged', () => {
  expect(repeated('a: { b: 1 }\nc: { b: 1 }\n1: x\n"1": y\n')).toEqual([]);
  expect(repeated('x: &x { a: 1 }\ny: &y { b: 1 }\nz:\n  <<: *x\n  <<: *y\n')).toEqual([]);
});

test('each key is looked at once, however many there are', () => {
  // compared one with another, these keys took longer than any test may
  const text = Array.from({ length: 60_000 }, (_, index) => `key${index}: v\n`).join('');
  expect(repeated(`${text}key7: again\n`)).toEqual(['60001:1 key7']);
});
