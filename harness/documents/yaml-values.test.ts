import { describe, expect, it } from 'vitest';
import { fewOf, thorough } from '../testkit/runner/thorough.ts';
import { parseYamlSource, type ValuePath } from './yaml-source.ts';
import { parseYamlValues } from './yaml-values.ts';

/** A definition whose schema is as long as those that programs write. */
function definition(schema: string, head = ''): string {
  const filler = Array.from(
    { length: 600 },
    (_, index) => `          field${index}: { type: string, maxLength: 63 }\n`,
  );
  return `${head}apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  versions:
  - name: v1
    schema:
      openAPIV3Schema:
        properties:
${schema}${filler.join('')}    served: true
`;
}

function values(text: string): readonly unknown[] {
  return parseYamlValues('a.yaml', text).documents.map(({ value }) => value);
}

function expectTheSame(text: string, ...paths: readonly ValuePath[]): void {
  const [one, other] = [parseYamlValues('a.yaml', text), parseYamlSource('a.yaml', text)];
  expect(one.problems).toEqual(other.problems);
  expect(one.documents.map(({ value }) => value)).toEqual(other.documents.map(({ value }) => value));
  for (const path of [[], ['metadata', 'name'], ...paths])
    expect(one.documents.map(({ positionOf }) => positionOf(path))).toEqual(
      other.documents.map(({ positionOf }) => positionOf(path)),
    );
}

describe('values of YAML, a document after the other', () => {
  it.each([
    [
      'several documents',
      '# first\na: 1\nmetadata: { name: x }\n---\n\nmetadata:\n  name: y\n---\n# nothing\n--- {metadata: {name: z}}\n',
    ],
    ['lines of Windows', 'metadata:\r\n  name: x\r\n---\r\nmetadata:\r\n  name: y\r\n'],
    ['a marker within a block of text', 'metadata:\n  name: |\n    a\n    ---\n    b\n---\nmetadata: { name: y }\n'],
    ['a text that looks like a marker', 'metadata:\n  name: x\n  more: ---\n----: 1\n'],
    ['directives', '%YAML 1.2\n---\nmetadata: { name: x }\n...\n---\nmetadata: { name: y }\n'],
    ['anchors', 'base: &b { name: x }\nmetadata: *b\n---\nmetadata: { name: y }\n'],
    ['an anchor of another document', 'base: &b { name: x }\n---\nmetadata: *b\n'],
    ['a broken document before others', 'metadata: { name: x\n---\nmetadata: { name: y }\n'],
    ['a key twice, behind others', 'metadata: { name: x }\n---\nmetadata:\n  name: y\n  name: z\n'],
    ['nothing', ''],
  ])('are those of the whole: %s', (_, text) => {
    expectTheSame(text);
  });

  thorough('are those of a definition with its schema, which is read when it is asked for', () => {
    const text = definition('          size: { type: integer }\n', 'a: 1\n---\n');
    expectTheSame(text, ['spec', 'versions', 0, 'served']);
    const [, found] = values(text) as { spec: { versions: { schema: object }[] } }[];
    const { get } = Object.getOwnPropertyDescriptor(found!.spec.versions[0]!.schema, 'openAPIV3Schema')!;
    expect(get?.()).toMatchObject({ properties: { size: { type: 'integer' }, field599: { maxLength: 63 } } });
  });

  it.each(
    fewOf(1, [
      ['a comment at the margin within the schema', definition('          size: { type: integer }\n# why\n')],
      ['an alias within the schema', definition('          size: &s { type: integer }\n          other: *s\n')],
      ['a small schema with a slip', definition('          size: { type: integer\n').slice(0, 400)],
    ]),
  )('are read at once with %s', (_, text) => {
    expectTheSame(text);
  });
});
