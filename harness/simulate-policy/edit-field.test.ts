import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseYamlSource, type ValuePath } from '../documents/yaml-source.ts';
import { editField } from './edit-field.ts';

const TEXT = `# keep me
metrics:
  - name: good # here
    interval: 30s
    limit: "3"
    query: |
      sum(a)
        / sum(b)
  - {name: flow, interval: 1m}
`;

function edit(path: ValuePath, stands: string | number, to: string | number, newKey?: string) {
  const at = parseYamlSource('a.yaml', TEXT).documents[0]!.positionOf(path);
  return editField(TEXT, { at, key: newKey ?? String(path.at(-1)), stands, to, isNew: newKey !== undefined });
}

describe('one field of a YAML text', () => {
  it.each<[string, ValuePath, string | number, string | number, string | undefined, string, string]>([
    ['plain', ['metrics', 0, 'interval'], '30s', '1m', undefined, 'interval: 30s', 'interval: 1m'],
    ['quoted', ['metrics', 0, 'limit'], '3', 5, undefined, 'limit: "3"', 'limit: 5'],
    ['in braces', ['metrics', 1, 'interval'], '1m', '2m', undefined, 'interval: 1m', 'interval: 2m'],
    ['new', ['metrics', 0, 'name'], 'good', 2, 'count', 'good # here\n', 'good # here\n    count: 2\n'],
    ['new in braces', ['metrics', 1, 'name'], 'flow', 2, 'count', 'name: flow', 'name: flow, count: 2'],
  ])('%s', (_, path, stands, to, newKey, before, after) => {
    expect(edit(path, stands, to, newKey)).toBe(TEXT.replace(before, after));
  });

  it('a text that needs quotes, and a block that stays one', () => {
    const quoted = edit(['metrics', 0, 'interval'], '30s', 'a: b # c')!;
    expect(parse(quoted).metrics[0].interval).toBe('a: b # c');
    const block = edit(['metrics', 0, 'query'], 'sum(a)\n  / sum(b)\n', '(sum(a) or x)\n  / sum(b)\n')!;
    expect(block).toBe(TEXT.replace('sum(a)\n', '(sum(a) or x)\n'));
    expect(parse(edit(['metrics', 1, 'interval'], '1m', 'two\nlines')!).metrics[1].interval).toBe('two\nlines');
  });

  it('touches nothing when something else stands there, or it is no YAML', () => {
    expect(edit(['metrics', 0, 'interval'], '31s', '1m')).toBeUndefined();
    expect(
      editField('a: {{ .Values.x }}\nb: [', { at: { line: 1, column: 4 }, key: 'a', stands: 'x', to: 1, isNew: false }),
    ).toBeUndefined();
  });
});
