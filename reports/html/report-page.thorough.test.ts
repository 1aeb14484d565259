/** More texts that attack, in every field of every outcome; report-page.test.ts holds one of a tag and one of an attribute. */
import './report-page.test.ts';
import { describe, expect, test } from 'vitest';
import type { OutcomeReport } from '../model/run-report.ts';
import { fullReport, hostileReport } from '../model/samples/hostile-report.ts';
import { renderHtmlReport } from './report-page.ts';

const OUTCOMES: readonly OutcomeReport[] = ['passed', 'failed', 'inconclusive', 'invalid'];
const FULL = OUTCOMES.map(fullReport);
const withoutScript = (page: string) =>
  page.replace(/<script>[\s\S]*<\/script>/, '').replace(/<style>[\s\S]*?<\/style>/, '');

describe('HTML report', () => {
  test.each(["'><img src=x onerror=alert(1)>", '</script><script>alert(1)//', ']]><!--', '&lt;script&gt;'])(
    'hostile text %s stays text in every field',
    { timeout: 30_000 },
    (attack) => {
      for (const report of FULL) {
        const page = renderHtmlReport(hostileReport(report, attack));
        expect(page.match(/<script/g)).toHaveLength(1);
        expect(page).not.toMatch(/<img|<!--/);
        const outside = withoutScript(page);
        for (const [tag] of outside.matchAll(/<[a-z][^>]*>/gi))
          expect(tag.replace(/"[^"]*"/g, '')).not.toMatch(/\son\w+\s*=/i);
      }
    },
  );
});
