import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { fewOf } from '../../harness/testkit/runner/thorough.ts';
import type { OutcomeReport } from '../model/run-report.ts';
import { emptyReport, fullReport, hostileReport, nothingObserved } from '../model/samples/hostile-report.ts';
import { sampleReport } from '../model/samples/sample-report.ts';
import { renderHtmlReport } from './report-page.ts';

const OUTCOMES: readonly OutcomeReport[] = ['passed', 'failed', 'inconclusive', 'invalid'];
const FULL = OUTCOMES.map(fullReport);
const withoutScript = (page: string) =>
  page.replace(/<script>[\s\S]*<\/script>/, '').replace(/<style>[\s\S]*?<\/style>/, '');

describe('HTML report', () => {
  test.each(fewOf(2, OUTCOMES))('%s: same bytes twice, verdict first, all panels', (outcome) => {
    const report = sampleReport(outcome);
    const page = renderHtmlReport(report);
    expect(renderHtmlReport(structuredClone(report))).toBe(page);
    const body = page.slice(page.indexOf('<body>'));
    const order = [
      'id="verdict"',
      'id="claims"',
      'id="traffic"',
      'id="splits"',
      'id="evidence"',
      'id="audit"',
      'id="appendix"',
    ];
    const places = order.map((id) => body.indexOf(id));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(body).toContain(`<h1>${outcome}</h1>`);
    expect(body).toContain(report.run.reproduce);
    for (const claim of report.claims) expect(body).toContain(claim.title);
  });

  test('the policy names exactly the style and the script that are there, and nothing is loaded', () => {
    const page = renderHtmlReport(sampleReport('passed'));
    const hashOf = (tag: string) => {
      const text = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(page)?.[1] ?? '';
      return `sha256-${createHash('sha256').update(text).digest('base64')}`;
    };
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1]?.replaceAll('&#39;', "'");
    expect(policy).toBe(
      `default-src 'none'; style-src '${hashOf('style')}'; script-src '${hashOf('script')}'; base-uri 'none'; form-action 'none'`,
    );
    expect(page).not.toMatch(/\b(?:src|srcset|style)="|<link|@import|url\((?!#)/);
    expect([...page.matchAll(/href="([^"]*)"/g)].every(([, target]) => target?.startsWith('#'))).toBe(true);
  });

  test.each(fewOf(1, ['<script>alert(1)</script>', '"onload="alert(1)']))(
    'hostile text %s stays text in every field',
    { timeout: 30_000 },
    (attack) => {
      for (const report of FULL) {
        const page = renderHtmlReport(hostileReport(report, attack));
        expect(page.match(/<script/g)).toHaveLength(1);
        expect(page).not.toMatch(/<img|<!--/);
        const tags = [...withoutScript(page).matchAll(/<[a-z][^>]*>/gi)].map(([tag]) => tag);
        expect(tags.length).toBeGreaterThan(1000);
        expect(tags.filter((tag) => /\son\w+\s*=/i.test(tag.replace(/"[^"]*"/g, '')))).toEqual([]);
      }
    },
  );

  test('control characters are shown, not kept', () => {
    const page = renderHtmlReport({ ...sampleReport('failed'), headline: 'a\u001b[31mb\u202ec' });
    expect(page).toContain('a⟨U+001B⟩[31mb⟨U+202E⟩c');
  });

  test('a report without data says so in each panel', () => {
    const page = renderHtmlReport(emptyReport('inconclusive'));
    for (const sentence of [
      'No claim was judged',
      'No timeline was recorded',
      'No split was judged',
      'no evidence was gathered',
      'No load phase was run',
      'No phases were recorded',
    ])
      expect(page).toContain(sentence);
    expect(withoutScript(page)).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('splits without a request draw no estimate', () => {
    const page = renderHtmlReport(nothingObserved('inconclusive'));
    expect(page).toContain('no requests');
    expect(page).toContain('No evidence was gathered');
    expect(page).toContain('No request was observed on any path');
    expect(withoutScript(page)).not.toMatch(/NaN|Infinity|undefined/);
  });
});
