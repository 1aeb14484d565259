import { describe, expect, test } from 'vitest';
import { parseYamlSource } from '../yaml-source.ts';
import { withIndentedQuotes } from './indent-quotes.ts';

const firstValue = (text: string) => parseYamlSource('a.yaml', text).documents[0]?.value;
const problemsOf = (text: string) => parseYamlSource('a.yaml', text).problems;

describe('quoted texts as Kubernetes reads them', () => {
  test('later lines may stand below their key, as generated CRDs write them', () => {
    const text =
      "spec:\n  properties:\n    kind:\n      description: 'one''s\n      first: line\n\n      last'\n      type: string\n  list:\n  - \"a\n  b\"\n";
    expect(problemsOf(text)).toEqual([]);
    expect(firstValue(text)).toEqual({
      spec: { properties: { kind: { description: "one's first: line\nlast", type: 'string' } }, list: ['a b'] },
    });
    const [document] = parseYamlSource('a.yaml', text).documents;
    expect(document!.positionOf(['spec', 'properties', 'kind', 'type'])).toMatchObject({ line: 8, column: 13 });
  });
  test('a text that never ends is still an error, at its own place', () => {
    const text = "a:\n  b: 'x\n  y\nc: 1\n";
    expect(withIndentedQuotes(text)).toBe(text);
    expect(problemsOf(text)).not.toEqual([]);
    expect(firstValue(text)).toBeUndefined();
  });
  test('what is sound is not touched', () => {
    const text = "a: 'x'\nb: |\n  c: 'open\nd: it's\n# don't\n";
    expect(firstValue(text)).toEqual({ a: 'x', b: "c: 'open\n", d: "it's" });
  });
});

test('a key that stands twice is told, and the last one counts', () => {
  const source = parseYamlSource('a.yaml', 'a: 1\nb: 2\na: 3\n');
  expect(source.problems).toMatchObject([{ isRepeatedKey: true, position: { line: 3 } }]);
  expect(source.documents[0]!.value).toEqual({ a: 3, b: 2 });
});

test('a key that stands twice is told at the second one, also where the first one has no value', () => {
  const { problems } = parseYamlSource('a.yaml', 'http:\n- match: [a]\n  route:\n  route:\n  - b\n');
  expect(problems).toMatchObject([{ isRepeatedKey: true, key: 'route', position: { line: 4, column: 3 } }]);
});

test('a line of a million blanks is read once', () => {
  const text = `${' '.repeat(1_000_000)}x\na: 'b\n c'\n`;
  expect(withIndentedQuotes(text)).toHaveLength(text.length + 1);
});
