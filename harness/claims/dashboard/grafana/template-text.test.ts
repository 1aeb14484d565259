import { expect, test } from 'vitest';
import { asGlob, forPrometheus, replaceVariables, type VariableValue, variablesIn } from './template-text.ts';

const VALUES: Readonly<Record<string, VariableValue>> = {
  one: { name: 'one', value: 'cart', text: 'cart', isRegex: false },
  quoted: { name: 'quoted', value: "it's \\d", text: 'x', isRegex: false },
  dotted: { name: 'dotted', value: 'a.b+c', text: 'x', isRegex: true },
  many: { name: 'many', value: ['a.b', 'c'], text: 'a.b + c', isRegex: true },
  single: { name: 'single', value: ['c'], text: 'c', isRegex: true },
  all: { name: 'all', value: '.+', text: 'All', isRegex: true, isVerbatim: true },
};
const find = (name: string) => VALUES[name];

test.each([
  ['every spelling', 'a{x="$one",y="${one}",z="[[one]]"}', 'a{x="cart",y="cart",z="cart"}'],
  ['a name that goes on', '$one_more $ones', '$one_more $ones'],
  ['a variable that is not there, and macros', '$two [$__rate_interval]', '$two [$__rate_interval]'],
  ['a backslash and a quote, for a text in quotes', '$quoted', "it\\\\'s \\\\d"],
  ['what several may be chosen of is a pattern inside of quotes', '$dotted', 'a\\\\.b\\\\+c'],
  ['several are alternatives', 'x=~"$many"', 'x=~"(a\\\\.b|c)"'],
  ['one of several has no brackets', 'x=~"$single"', 'x=~"c"'],
  ['a custom all value as it stands, whatever format is asked', '$all ${all:regex} ${all:csv}', '.+ .+ .+'],
  ['regex', '${many:regex}', '(a\\.b|c)'],
  ['regex in square brackets', '[[many:regex]]', '(a\\.b|c)'],
  ['pipe', '${many:pipe}', 'a.b|c'],
  ['csv and raw', '${many:csv} ${many:raw}', 'a.b,c a.b,c'],
  ['json', '${many:json}', '["a.b","c"]'],
  ['quotes', '${many:singlequote} ${many:doublequote}', `'a.b','c' "a.b","c"`],
  ['glob', '${many:glob}', '{a.b,c}'],
  ['text', '${many:text}', 'a.b + c'],
])('%s', (_, text, expected) => {
  expect(replaceVariables(text, find, forPrometheus)).toBe(expected);
});

test('elsewhere than in a query several are a glob', () => {
  expect(replaceVariables('of $many, $one', find, asGlob)).toBe('of {a.b,c}, cart');
});

test('names of what a text reads', () => {
  expect(variablesIn('a{x="$one"}[${two:raw}] [[three]]')).toEqual(['one', 'two', 'three']);
});
