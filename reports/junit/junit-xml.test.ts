import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OutcomeReport } from '../model/run-report.ts';
import { emptyReport } from '../model/samples/hostile-report.ts';
import { sampleReport } from '../model/samples/sample-report.ts';
import { sampleRolloutReport } from '../model/samples/sample-rollout-report.ts';
import { renderJunitXml } from './junit-xml.ts';
import { xmlAttribute, xmlText } from './xml-text.ts';

const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

describe('JUnit', () => {
  test.each<[OutcomeReport, number, number]>([
    ['passed', 0, 0],
    ['failed', 2, 0],
    ['inconclusive', 0, 2],
    ['invalid', 0, 2],
  ])('%s: %d failures, %d errors, nothing skipped', (outcome, failures, errors) => {
    const report = sampleReport(outcome);
    const xml = renderJunitXml(report);
    expect(count(xml, /<testcase /g)).toBe(report.claims.length + 1);
    expect(count(xml, /<failure type="failed"/g)).toBe(failures);
    expect(count(xml, new RegExp(`<error type="${outcome}"`, 'g'))).toBe(errors);
    expect(xml).toContain(
      `tests="${report.claims.length + 1}" failures="${failures}" errors="${errors}" skipped="0" time="164.200"`,
    );
    expect(xml).toContain(
      '<testcase name="Argo CD keeps the application synced (bookinfo/application)" classname="canaryproof.bookinfo" time="12.400">',
    );
    expect(renderJunitXml(structuredClone(report))).toBe(xml);
  });

  test('boundary runs are test cases under their claim', () => {
    const report = sampleRolloutReport('failed');
    const xml = renderJunitXml(report).replaceAll('\u202f', ' ');
    expect(count(xml, /<testcase /g)).toBe(report.claims.length + report.boundaries.length + 1);
    expect(xml).toContain(
      '<testcase name="error-rate-inside (inside error rate &gt; 1 % for 2 min)" classname="canaryproof.zero-downtime.zero-downtime/rollback-error-rate" time="131.400">',
    );
    expect(xml).toContain(
      '<failure type="failed" message="injected 22 of 2250 errors (0.978 %): expected promoted, observed aborted">',
    );
    expect(xml).toContain('oracle agrees with 7 of 8 measurements');
    // 3 claims, 2 boundary runs, the verdict; 1 claim and 1 boundary run undecided
    expect(xml).toContain('failures="6" errors="2" skipped="0"');
    expect(xml).toContain(
      'object VirtualService shop/checkout, field spec.http[0].route[1].weight, writer kubectl-edit',
    );
  });

  test('bad evidence is not green although every claim holds', () => {
    const report = sampleReport('passed');
    const xml = renderJunitXml({ ...report, outcome: 'invalid', headline: 'books are unequal' });
    expect(xml).toContain('errors="1"');
    expect(xml).toContain('<error type="invalid" message="books are unequal">');
  });

  test('a run without claims still has its verdict', () => {
    expect(count(renderJunitXml(emptyReport('inconclusive')), /<testcase /g)).toBe(1);
  });
});

describe('XML text', () => {
  test('markup and forbidden characters', () => {
    expect(xmlText(`<a b="c">&'`)).toBe(`&lt;a b="c"&gt;&amp;'`);
    expect(xmlAttribute('"\n\t')).toBe('&quot;&#10;&#9;');
    expect(xmlText('\u0000\u001b\ufffe\ud800]]>')).toBe('\ufffd\ufffd\ufffd\ufffd]]&gt;');
  });

  test('whatever comes in, only characters that XML 1.0 allows come out', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code)) }),
        (text) => {
          for (const character of xmlAttribute(text)) {
            const code = character.codePointAt(0) ?? 0;
            expect(code >= 0x20 && code !== 0xfffe && code !== 0xffff && !(code >= 0xd800 && code <= 0xdfff)).toBe(
              true,
            );
          }
          expect(xmlAttribute(text)).not.toMatch(/[<>"]/);
        },
      ),
    );
  });
});
