import { describe, expect, test } from 'vitest';
import { fillTemplate } from './set-template.ts';

const PARAMETERS = { name: 'shop', path: { basename: 'dev', segments: ['apps', 'shop'] }, 'path.basename': 'dev' };
const fast = (text: string) => fillTemplate(text, PARAMETERS, { goTemplate: false });
const go = (text: string) => fillTemplate(text, PARAMETERS, { goTemplate: true });

test.each([
  ['{{name}}-{{ path.basename }}', 'shop-dev'],
  ['{{ nobody }} and {{}}', '{{ nobody }} and {{}}'],
  ['{{constructor}} {{ __proto__ }}', '{{constructor}} {{ __proto__ }}'],
])('fasttemplate: %s', (text, expected) => {
  expect(fast(text)).toBe(expected);
});

test.each([
  ['{{ .name }}-{{.path.basename}}', 'shop-dev'],
  ['{{- .name | upper -}}', 'SHOP'],
  ['{{ index .path.segments 1 }}', 'shop'],
  ['{{ quote .name }}', '"shop"'],
])('Go templates: %s', (text, expected) => {
  expect(go(text)).toBe(expected);
});

test.each(['{{ .constructor }}', '{{ .name | constructor }}', '{{ .name.length }}', '{{ if .name }}', '{{ }}'])(
  'Go templates, not evaluated: %s',
  (text) => {
    expect(() => go(text)).toThrow(/is not evaluated/);
  },
);

describe('a long text without an end is read once, and not once for every blank', () => {
  const LONG = `{{${' '.repeat(200_000)}`;

  test.each([LONG, '{{ a '.repeat(20_000)])('fasttemplate', (text) => {
    expect(fast(text)).toBe(text);
  });

  test.each([LONG, '{{ a '.repeat(20_000)])('Go templates', (text) => {
    expect(go(text)).toBe(text);
  });
});
