import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { writeYaml } from './write-yaml.ts';

const TEXTS = [
  'yes',
  'No',
  'on',
  'OFF',
  'y',
  'N',
  'true',
  '~',
  '0777',
  '0x1F',
  '1_000',
  '12:30',
  '1e3',
  '2026-12-01',
  '<<',
  '=',
];

test.each(TEXTS)('the text %s is one to readers of YAML 1.1 and of 1.2', (text) => {
  const value = { [text]: text, list: [text] };
  const written = writeYaml(value);
  for (const version of ['1.1', '1.2'] as const) expect(parse(written, { version })).toEqual(value);
});

test('what is no text stays what it is, and nothing is written as an anchor', () => {
  const shared = { a: true, b: 7, c: null };
  const written = writeYaml({ one: shared, other: shared }, { lineWidth: 0 });
  expect(written).not.toContain('&');
  expect(parse(written, { version: '1.1' })).toEqual({ one: shared, other: shared });
});
