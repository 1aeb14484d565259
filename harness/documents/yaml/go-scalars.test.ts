import { expect, test } from 'vitest';
import { parseYaml } from './parse-yaml.ts';

const read = (text: string) => parseYaml(text)!.parsed.map((document) => document.toJS() as unknown);

test.each([
  ['yes', true],
  ['Off', false],
  ['0644', 420],
  ['-017', -15],
  ['0', 0],
  ['089', 89],
  ['"yes"', 'yes'],
  ["'0644'", '0644'],
  ['yes please', 'yes please'],
  ['1e3', 1000],
])('%s in a manifest is what kubectl reads', (written, value) => {
  expect(read(`apiVersion: v1\nkind: A\nspec: { one: ${written}, many: [${written}] }\n`)).toEqual([
    { apiVersion: 'v1', kind: 'A', spec: { one: value, many: [value] } },
  ]);
});

test('what is no manifest is read by YAML 1.2', () => {
  expect(read('on: { push: yes }\nmode: 0644\n')).toEqual([{ on: { push: 'yes' }, mode: 644 }]);
});
