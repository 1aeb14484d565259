import { describe, expect, test } from 'vitest';
import { thorough } from '../../harness/testkit/runner/thorough.ts';
import type { OutcomeReport, RunReport } from '../model/run-report.ts';
import { emptyReport, hostileReport } from '../model/samples/hostile-report.ts';
import { sampleReport } from '../model/samples/sample-report.ts';
import { sampleRolloutReport } from '../model/samples/sample-rollout-report.ts';
import { intervalBar } from './interval-bar.ts';
import { markdownCode, markdownText } from './markdown-escape.ts';
import { commentMarker, MARKDOWN_LIMIT, renderMarkdown } from './markdown-summary.ts';

const OUTCOMES: readonly OutcomeReport[] = ['passed', 'failed', 'inconclusive', 'invalid'];

describe('Markdown', () => {
  test.each(OUTCOMES)('%s: marker, verdict, table, reproduce', (outcome) => {
    const report = sampleReport(outcome);
    const text = renderMarkdown(report);
    expect(text.split('\n')[0]).toBe('<!-- canaryproof:bookinfo -->');
    expect(text.split('\n')[1]).toContain(` ${outcome}: `);
    expect(text.match(/^\| \S+ (passed|failed|inconclusive|invalid) \|/gmu)).toHaveLength(report.claims.length);
    expect(text).toContain(`\`\`\`\n${report.run.reproduce}\n\`\`\``);
    expect(text.match(/^\|.*[●▶◀][┃━·]*` \|$/gmu)).toHaveLength(report.splits.length * 2);
  });

  test('the worst claim is the first row', () => {
    const rows = renderMarkdown(sampleReport('failed'))
      .split('\n')
      .filter((line) => /^\| \S+ (passed|failed)/u.test(line));
    expect(rows[0]).toContain('failed');
    expect(rows.slice(1).every((row) => row.includes('passed'))).toBe(true);
  });

  test('too much is cut by whole rows, and counted', () => {
    const report = sampleReport('failed');
    const claims = Array.from({ length: 2000 }, (_, index) => ({
      ...report.claims[1],
      id: `c${index}`,
      title: `claim ${index}`,
    })) as RunReport['claims'];
    const text = renderMarkdown({ ...report, claims });
    expect(text.length).toBeLessThanOrEqual(MARKDOWN_LIMIT);
    const rows = text.match(/^\| ✅ passed/gmu)?.length ?? 0;
    expect(rows).toBeGreaterThan(100);
    expect(text).toContain(
      `${(2000 - rows).toString().replace(/\B(?=(\d{3})+$)/g, '\u202f')} of 2\u202f000 claims do not fit here`,
    );
    expect(text).toContain(report.run.reproduce);
  });

  thorough('boundary runs worst first, changes with their lag, rollback, oracle and lost requests', () => {
    const text = renderMarkdown(sampleRolloutReport('failed')).replaceAll('\u202f', ' ');
    const runs = text.split('\n').filter((line) => line.startsWith('| ') && line.split(' | ').length === 10);
    expect(runs.slice(1, 4).map((line) => line.split(' | ')[1])).toEqual([
      'error-rate-inside',
      'p95-501',
      'one-scrape-burst',
    ]);
    expect(runs[1]).toMatch(/\| promoted \| aborted \| 2 min 11 s \| \+482 ms \| 0 \| ❌ 7\/8 \|$/);
    expect(runs).toHaveLength(12);
    expect(text).toContain('| 50 % → 0 % | 12:05:48.320 |  | 3/3, last +9.38 s | +9.40 s |');
    expect(text).toContain('weight 0 acknowledged ❌ 42.7 s → last answer of the canary 42.7 s');
    expect(text).toContain('8 of 9 measurements agree with the oracle; 1 could not be replayed');
    expect(text).toContain('42 of 82 400 requests lost (budget 0), 503 injected errors');
    expect(text).toContain('writer `kubectl-edit`');
  });

  test('hostile text neither closes the comment, nor pings, links or breaks tables', () => {
    const text = renderMarkdown(
      hostileReport('failed', ' --> <img src=x onerror=alert(1)> @octocat #12 | [a](javascript:b) \n# h '),
    );
    const [marker = '', ...rest] = text.split('\n');
    expect(marker).toMatch(/^<!-- canaryproof:[A-Za-z0-9._/-]+ -->$/);
    expect(marker.indexOf('-->')).toBe(marker.length - 3);
    const outsideCode = rest.join('\n').replace(/```\n[\s\S]*?\n```|`[^`\n]*`/g, '');
    expect(outsideCode).not.toMatch(/<img|@octocat|#12|(?<!\\)\[a|^# h/m);
    const rows = rest.filter((one) => /^\| \S+ failed \|/u.test(one));
    const cells = rows.map((line) => line.match(/(?<!\\)\|/g)?.length);
    // claims have four columns, boundary runs ten
    expect(new Set(cells)).toEqual(new Set([5, 11]));
  });

  test('hostile backticks end no code span and no block', () => {
    const text = renderMarkdown(hostileReport('failed', '``` <img src=x> `'));
    expect(text).toMatch(/\n````\n[^\n]*\n````\n/);
    for (const [, cell = ''] of text.matchAll(/^\| \S+ \w+ \| (.*?) \|/gmu)) expect(cell).not.toMatch(/(?<!\\)`|<img/);
  });

  test('escapes', () => {
    expect(markdownText('a `kubectl get` *b*')).toBe('a `kubectl get` \\*b\\*');
    expect(markdownText('a `b')).toBe('a \\`b');
    expect(markdownText('a ``b``')).toBe('a \\`\\`b\\`\\`');
    expect(markdownCode('a ``b`` c|d')).toBe('```a ``b`` c\\|d```');
    expect(markdownCode('`x`')).toBe('`` `x` ``');
    expect(markdownText('http://a')).not.toContain('http://');
  });

  test('a run without claims says so, an interrupted one too', () => {
    const report = emptyReport('invalid');
    expect(renderMarkdown(report)).toContain('No claim was judged.');
    expect(renderMarkdown({ ...report, run: { ...report.run, interrupted: true } })).toContain('interrupted');
    expect(commentMarker({ ...report, subject: { ...report.subject, name: 'a-->b' } })).toBe(
      '<!-- canaryproof:a-b -->',
    );
  });
});

describe('interval bar', () => {
  const arm = { declaredShare: 0.1 };
  test('the estimate sits where it belongs', () => {
    const bar = (estimate: number) =>
      intervalBar({ ...arm, estimate }, { low: estimate - 0.01, high: estimate + 0.01 }, 0.02);
    expect(bar(0.1)).toBe('·········━━━●━━━·········');
    expect(bar(0.12)).toBe('············┃··━━━●━━━···');
    expect(bar(0.3)).toBe('············┃···········▶');
    expect(bar(0.01)).toBe('◀···········┃············');
  });
});
