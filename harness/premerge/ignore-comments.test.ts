import { expect, test } from 'vitest';
import { readIgnoreComments } from './ignore-comments.ts';

const reasonsIn = (text: string) => readIgnoreComments('a.yaml', text).map(({ code, reason }) => [code, reason]);

test.each([
  ['# canaryproof-ignore SOME_CODE a drill on purpose  ', [['SOME_CODE', 'a drill on purpose']]],
  ['key: 1 # canaryproof-ignore SOME_CODE', [['SOME_CODE', '']]],
  ['{{/* canaryproof-ignore SOME_CODE a drill */}}', [['SOME_CODE', 'a drill']]],
  ['{{- /* canaryproof-ignore SOME_CODE a drill */ -}}', [['SOME_CODE', 'a drill']]],
  ['{{- /* canaryproof-ignore SOME_CODE */-}}', [['SOME_CODE', '']]],
  ['# canaryproof-ignore some_code why', []],
])('%s', (text, expected) => {
  expect(reasonsIn(text)).toEqual(expected);
});

test('a line of half a million blanks is read once', () => {
  const line = `# canaryproof-ignore SOME_CODE a${' '.repeat(500_000)}drill`;
  expect(reasonsIn(line)).toHaveLength(1);
});
