import { describe, expect, it, test } from 'vitest';
import { fewOf } from '../testkit/runner/thorough.ts';
import { formatPosition, isEndless, parseYamlSource } from './yaml-source.ts';

const TEXT = `# comment
---
a:
  - b: 1
    'quoted key': x
---
# only a comment
---
base: &base { c: 2 }
merged:
  <<: *base
  d: 3
`;

describe('parseYamlSource', () => {
  const { documents, problems } = parseYamlSource('file.yaml', TEXT);
  const [first, second] = documents;

  it('leaves empty documents out and resolves anchors and merges', () => {
    expect(problems).toEqual([]);
    expect(documents.map(({ value }) => value)).toEqual([
      { a: [{ b: 1, 'quoted key': 'x' }] },
      { base: { c: 2 }, merged: { c: 2, d: 3 } },
    ]);
    expect(parseYamlSource('empty.yaml', '').documents).toEqual([]);
  });

  it('traces values and keys to line and column', () => {
    expect(first!.positionOf(['a', 0, 'b'])).toEqual({ path: 'file.yaml', line: 4, column: 8 });
    expect(formatPosition(first!.positionOfKey(['a', 0], 'quoted key'))).toBe('file.yaml:5:5');
    expect(formatPosition(second!.positionOf(['merged', 'd']))).toBe('file.yaml:12:6');
  });

  it('falls back to the nearest thing that exists', () => {
    expect(formatPosition(first!.positionOf(['a', 0, 'missing', 'deep']))).toBe('file.yaml:4:5');
    expect(formatPosition(first!.positionOf(['nothing']))).toBe('file.yaml:3:1');
    expect(formatPosition(first!.positionOfKey(['a', 0], 'missing'))).toBe('file.yaml:4:5');
  });

  it('reports one problem for a line, and no value', () => {
    const broken = parseYamlSource('broken.yaml', 'a: 1\n---\nb: [\nc: }\n---\nd: 2\n');
    expect(broken.problems.length).toBeGreaterThan(0);
    expect(new Set(broken.problems.map(({ position }) => position.line)).size).toBe(broken.problems.length);
    expect(broken.documents.map(({ value }) => value)).toContainEqual({ a: 1 });
    expect(broken.documents.some(({ value }) => value === undefined)).toBe(true);
  });
});

describe('one slip is told once', () => {
  const SLIP = 'spec:\n  hosts:\n  - cart\n http:\n  - route: []\n  weight: 10\n';

  it('of each document the first complaint', () => {
    const { problems, documents } = parseYamlSource('a.yaml', `${SLIP}---\na: 1\n---\n${SLIP}`);
    expect(problems.map(({ position }) => position.line)).toEqual([4, 13]);
    expect(documents.map(({ value }) => value)).toEqual([undefined, { a: 1 }, undefined]);
  });

  it('keys that stand twice are all told', () => {
    const { problems } = parseYamlSource('a.yaml', 'a: 1\nb: 2\na: 3\nb: 4\n');
    expect(problems.map(({ position, isRepeatedKey }) => [position.line, isRepeatedKey])).toEqual([
      [3, true],
      [4, true],
    ]);
  });
});

describe('documents that are made to hurt', () => {
  it.each([
    ['keys within keys', '? '.repeat(40)],
    ['keys that are lists', '? - '.repeat(40)],
    ['a key that is an alias of a mapping', 'a: &a { b: 1 }\n*a : 2\n'],
    ['nesting beyond the stack', '['.repeat(20_000)],
  ])('%s: a problem, at once', (_, text) => {
    // taken as they are, the first two take exponential time: the test run's own limit is the bound
    expect(parseYamlSource('a.yaml', text).problems.length).toBeGreaterThan(0);
  });

  it('an alias within what it stands for: a problem, where it stands', () => {
    const { documents, problems } = parseYamlSource('a.yaml', 'a: 1\nb: &b\n  c: [*b]\n');
    expect(documents[0]?.value).toBeUndefined();
    expect(problems).toMatchObject([
      { sentence: expect.stringMatching(/^an alias stands within/), position: { line: 3 } },
    ]);
    expect(problems.every(({ sentence }) => isEndless(sentence))).toBe(true);
    expect(parseYamlSource('a.yaml', 'a: &a [1]\nb: [*a, *a]\n').problems).toEqual([]);
  });

  it('a key that is an alias of a plain value is one', () => {
    const { documents, problems } = parseYamlSource('a.yaml', 'a: &a b\n*a : 2\n');
    expect(problems).toEqual([]);
    expect(documents[0]?.value).toEqual({ a: 'b', b: 2 });
  });
});

describe('a text that is read again', () => {
  it('has values of its own, at the places of its own file', () => {
    const [first, second] = ['a.yaml', 'b.yaml'].map((file) => parseYamlSource(file, TEXT).documents[0]!);
    expect(second!.value).toEqual(first!.value);
    (first!.value as { a: unknown[] }).a.push('changed');
    expect(second!.value).toEqual({ a: [{ b: 1, 'quoted key': 'x' }] });
    expect(parseYamlSource('c.yaml', TEXT).documents[0]!.value).toEqual(second!.value);
    expect([first, second].map((one) => formatPosition(one!.positionOf(['a'])))).toEqual(['a.yaml:4:3', 'b.yaml:4:3']);
  });

  it('has the same problems, also when so much was read between that it is forgotten', () => {
    const broken = 'a: [1\nb: 2\n';
    const before = parseYamlSource('x.yaml', broken).problems;
    expect(before).not.toEqual([]);
    expect(parseYamlSource('x.yaml', broken).problems).toEqual(before);
    for (let n = 0; n < 4; n += 1) parseYamlSource('long.yaml', `a: ${'x'.repeat(100_000)}${n}\n`);
    expect(parseYamlSource('x.yaml', broken).problems).toEqual(before);
  });
});

test.each(
  fewOf(1, [
    ['lists', '[', ']'],
    ['mappings', '{a: ', '}'],
  ]),
)(
  'a text of %s that is deeper than the stack is said to be so, and not how the parser found out',
  (_name, open, close) => {
    for (const text of [`a: ${open.repeat(20_000)}`, `a: ${open.repeat(20_000)}${close.repeat(20_000)}`])
      expect(parseYamlSource('deep.yaml', text).problems.map(({ sentence }) => sentence)).toEqual([
        'it is nested too deeply',
      ]);
  },
);
