import { describe, expect, test } from 'vitest';
import { renderLintJunit } from '../junit/lint-junit.ts';
import type { LintFinding } from '../model/lint-report.ts';
import { sampleLintReport } from '../model/samples/sample-lint-report.ts';
import { renderLintGithub } from './lint-github.ts';
import { renderLintMarkdown } from './lint-markdown.ts';
import { renderLintText } from './lint-text.ts';

const PLAIN = { width: 100, ascii: false, colour: false, verbose: false };

describe('at a terminal', () => {
  test('the sentence, the line with a mark below its column, the value behind it, the hint', () => {
    expect(renderLintText(sampleLintReport(), PLAIN)).toBe(`This change
  - takes reviews from 90/10 to 75/25 on 2 routes

It ends
  - ROUTE_SUBSET_MISSING: VirtualService reviews routes to subset v3

error ROUTE_WEIGHTS_SUM  app/my routes.yaml:12:1
  VirtualService reviews has weights that sum to 90, not 100 <b>&"'
    11 |       route:
  > 12 |         - weight: 90 # ⟨U+001B⟩[31m
       | ^
    13 |         - weight: 0
  value: .Values.weight (chart/values.yaml:3)
  hint: Istio divides by 90.
  in Application argocd/shop

warning ROUTE_NOT_IN_MESH  app/my routes.yaml:3:9
  a sentence about ROUTE_NOT_IN_MESH
  in Application argocd/shop

✗ FAILED: 1 error, 1 warning, 1 for information, 3 known already, 5 objects in 2 units, 1 file not judged
`);
  });
  test('verbose shows what is known, why it is ignored, the units and what was not judged', () => {
    const text = renderLintText(sampleLintReport(), { ...PLAIN, verbose: true });
    expect(text).toContain('error OBJECT_DUPLICATE (ignored: twins on purpose)  app/my routes.yaml:30:1');
    expect(text).toContain('error OBJECT_DUPLICATE (old)');
    expect(text).toContain('  Application argocd/shop: 4 objects');
    expect(text).toContain('  bug/dump.yaml is a dump of live objects');
  });
  test('no object at all is no pass, in both texts', () => {
    const nothing = {
      outcome: 'passed',
      counts: { error: 0, warning: 0, info: 1 },
      units: [],
      findings: [],
      changes: [],
    } as const;
    const report = sampleLintReport(nothing);
    expect(renderLintText(report, PLAIN)).toContain(
      '– NOTHING TO JUDGE: no object of Kubernetes or Argo CD here; 0 errors',
    );
    expect(renderLintMarkdown(report)).toContain('## ➖ canaryproof lint: nothing to judge, 0 errors');
    const units = [{ name: 'folder k8s', kind: 'folder', objects: 1 }];
    expect(renderLintText(sampleLintReport({ ...nothing, units }), PLAIN)).toContain('✓ PASSED');
    expect(renderLintText(sampleLintReport({ ...nothing, outcome: 'failed' }), PLAIN)).toContain('✗ FAILED');
  });
  test('how often a policy is wrong, in both texts', () => {
    const report = sampleLintReport({
      simulated: ['shop at 5 requests/s: a perfect canary is stopped in 20 % (18–22)'],
    });
    expect(renderLintText(report, PLAIN)).toContain('\nSimulated\n  - shop at 5 requests/s: a perfect canary');
    expect(renderLintText(report, { ...PLAIN, ascii: true })).toContain('(18-22)');
    expect(renderLintMarkdown(report)).toContain('**Simulated**\n\n- shop at 5 requests/s');
  });
  test('without Unicode', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
    expect(renderLintText(sampleLintReport(), { ...PLAIN, ascii: true })).toMatch(/^[\x00-\x7f]*$/);
  });
});

describe('on GitHub', () => {
  test('annotations at file and line, only for what is new', () => {
    const lines = renderLintGithub(sampleLintReport()).trimEnd().split('\n');
    expect(lines).toEqual([
      '::error title=ROUTE_WEIGHTS_SUM,file=app/my routes.yaml,line=12,col=1::VirtualService reviews has weights that sum to 90, not 100 <b>&"\'%0AWhat to do: Istio divides by 90.',
      '::warning title=ROUTE_NOT_IN_MESH,file=app/my routes.yaml,line=3,col=9::a sentence about ROUTE_NOT_IN_MESH',
      '::notice title=UNIT_NOT_JUDGED,file=app/my routes.yaml,line=1,col=1::a sentence about UNIT_NOT_JUDGED',
      '::notice title=LINT_NO_REPOSITORY::a sentence about LINT_NO_REPOSITORY',
    ]);
  });
  test('at most ten of a kind, the last of which counts the rest', () => {
    const [one] = sampleLintReport().findings as [LintFinding];
    const report = sampleLintReport({ findings: Array.from({ length: 25 }, () => one) });
    const lines = renderLintGithub(report).trimEnd().split('\n');
    expect(lines).toHaveLength(10);
    expect(lines[9]).toContain('16 more');
  });
  test('Markdown: a table that text cannot break', () => {
    const text = renderLintMarkdown(sampleLintReport());
    expect(text).toContain('## ❌ canaryproof lint: 1 error, 1 warning');
    expect(text).toContain('- takes reviews from 90/10 to 75/25 on 2 routes');
    expect(text).toContain('| ❌ | `ROUTE_WEIGHTS_SUM` | `app/my routes.yaml:12` |');
    expect(text).not.toContain('<b>');
    expect(text).toContain('3 findings were known already.');
  });
});

test('JUnit: a suite for each unit; errors fail, warnings only when they should; a unit without findings is a green case', () => {
  const text = renderLintJunit(sampleLintReport());
  expect(text).toContain('<testsuites name="canaryproof lint" tests="3" failures="1" errors="0" skipped="0">');
  expect(text).toContain('<testsuite name="folder tools" tests="1" failures="0" errors="0" skipped="0">');
  expect(text).toContain('name="ROUTE_WEIGHTS_SUM app/my routes.yaml:12"');
  expect(text).toContain('not 100 &lt;b&gt;&amp;');
  expect(renderLintJunit(sampleLintReport({ failOn: 'warning' }))).toContain('failures="2"');
});
