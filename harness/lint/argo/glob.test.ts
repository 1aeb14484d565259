import { describe, expect, it } from 'vitest';
import { matchesGlob } from '../../pattern/glob.ts';

describe('matchesGlob', () => {
  it.each([
    ['argocd/*', 'argocd/application.yaml', true],
    ['argocd/*', 'argocd/deep/application.yaml', true],
    ['argocd/**', 'argocd/deep/application.yaml', true],
    ['*.yaml', 'base/a.yaml', true],
    ['*.yaml', 'base/a.yml', false],
    ['a.yaml', 'axyaml', false],
    ['{a,b}/*.{yaml,json}', 'b/x.json', true],
    ['{a,b}/*.{yaml,json}', 'c/x.json', false],
    ['?.yaml', 'a.yaml', true],
    ['?.yaml', 'ab.yaml', false],
    ['[a-c].yaml', 'b.yaml', true],
    ['[!a-c].yaml', 'b.yaml', false],
    ['[!a-c].yaml', 'd.yaml', true],
    [String.raw`\*.yaml`, '*.yaml', true],
    [String.raw`\*.yaml`, 'a.yaml', false],
    ['a+(b).yaml', 'a+(b).yaml', true],
    ['a,b', 'a,b', true],
  ])('%s on %s: %s', (glob, text, expected) => {
    expect(matchesGlob(glob, text)).toBe(expected);
  });
});
