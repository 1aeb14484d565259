import { describe, expect, test } from 'vitest';
import { fewOf, thorough } from '../harness/testkit/runner/thorough.ts';
import { compareReports } from './model/compare/compare-reports.ts';
import type { RunReport } from './model/run-report.ts';
import { fullReport, hostileReport } from './model/samples/hostile-report.ts';
import { sampleReport } from './model/samples/sample-report.ts';
import { sampleRolloutReport } from './model/samples/sample-rollout-report.ts';
import { renderComparison } from './render-comparison.ts';
import { renderMatrix } from './render-matrix.ts';
import { displayWidth } from './text/display-width.ts';

const FORMATS = ['text', 'markdown', 'html'] as const;
const passed = sampleReport('passed');
const failed = sampleReport('failed');
const onKind = (report: RunReport): RunReport => ({ ...report, subject: { ...report.subject, provider: 'kind' } });
const withRollouts = (report: RunReport, version: string): RunReport => ({
  ...report,
  components: report.components.map((one) => (one.name === 'argo-rollouts' ? { ...one, version } : one)),
});
const plain = (text: string) => text.replaceAll('\u202f', ' ');

describe('comparison', () => {
  test.each(FORMATS)('%s says what differs, and what may explain it', (format) => {
    const text = plain(renderComparison(compareReports(passed, onKind(failed)), format));
    for (const part of ['contradiction', 'the shares differ by more than noise', 'beyond', 'within noise', 'provider'])
      expect(text).toContain(part);
    expect(plain(renderComparison(compareReports(passed, passed), format))).toMatch(/6 of 6 claims/);
  });

  thorough('text fits the terminal, in ASCII too', () => {
    const comparison = compareReports(sampleRolloutReport('passed'), onKind(sampleRolloutReport('failed')));
    for (const width of [40, 80, 120]) {
      const text = renderComparison(comparison, 'text', { width, ascii: false });
      expect(text.split('\n').filter((line) => displayWidth(line) > width)).toEqual([]);
    }
    expect(renderComparison(comparison, 'text', { width: 80, ascii: true })).toMatch(/^[\n -~]*$/);
  });
});

describe('matrix', () => {
  const reports = [
    withRollouts(sampleRolloutReport('passed'), 'v1.9.2'),
    withRollouts(sampleRolloutReport('failed'), 'v1.8.5'),
  ];
  test.each(FORMATS)('%s: a column per version, a row per claim', (format) => {
    const text = renderMatrix(reports, format);
    for (const part of ['argo-rollouts v1.9.2', 'argo-rollouts v1.8.5', 'inconclusive', 'whole run'])
      expect(text).toContain(part);
    expect(text).toMatch(/passed\W+4\W|passed<\/span> <b>4 of 4/);
  });

  test('a claim that was not judged is not shown as anything else', () => {
    const [first] = reports;
    if (first === undefined) throw new Error('there are two reports');
    const text = renderMatrix([first, { ...first, claims: [] }], 'markdown');
    expect(text.match(/not judged/g)).toHaveLength(first.claims.length);
  });

  test('columns that do not fit are numbered', () => {
    const text = renderMatrix(reports, 'text', { width: 60, ascii: true });
    expect(text).toContain('(1) argo-rollouts v1.9.2');
    expect(text).toMatch(/^[\n -~]*$/);
  });
});

test.each(fewOf(1, ['"><img src=x onerror=alert(1)>', ' | [a](javascript:b) \n# h <b>']))(
  'hostile text %j stays text',
  (attack) => {
    const report = hostileReport(fullReport('failed'), attack);
    for (const page of [
      renderComparison(compareReports(report, report), 'html'),
      renderMatrix([report, report], 'html'),
    ])
      expect(page.replace(/<style>.*?<\/style>|<script>.*<\/script>/gs, '')).not.toMatch(/<img|<b>"|<b>\s\|/);
    const markdown = [
      renderComparison(compareReports(report, report), 'markdown'),
      renderMatrix([report, report], 'markdown'),
    ].join('\n');
    expect(markdown.replace(/`[^`\n]*`/g, '')).not.toMatch(/<img|(?<!\\)\[a|^# h/m);
    const rows = markdown.split('\n').filter((line) => line.startsWith('| = same'));
    for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(6);
  },
);
