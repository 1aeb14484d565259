import { describe, expect, test } from 'vitest';
import type { PageReport } from '../model/page-report.ts';
import { readRunReport, renderRunReportJson } from '../model/read-run-report.ts';
import { hostileReport } from '../model/samples/hostile-report.ts';
import { samplePages } from '../model/samples/sample-pages.ts';
import { sampleReport } from '../model/samples/sample-report.ts';
import { renderNdjson } from '../text/ndjson-lines.ts';
import { renderHtmlReport } from './report-page.ts';

const report = (pages: readonly PageReport[]) => ({ ...sampleReport('failed'), pages: [...pages] });
const page = renderHtmlReport(report([samplePages()])).replaceAll('\u202f', ' ');
const section = page.slice(page.indexOf('<section id="pages"'), page.indexOf('</section>', page.indexOf('id="pages"')));
const words = section.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');

describe('page loads in the report', () => {
  test('each route with its share, interval, expectation and users', () => {
    expect(words).toContain('as declared shop.example.com');
    expect(words).toContain('27.0 %');
    expect(words).toMatch(/20\.\d % to 3\d\.\d %; 102 of 378/);
    expect(words).toContain('none (a pass excludes 2');
    expect(words).toContain('Bad would be');
    expect(words).not.toMatch(/(?<!is)NaN|Infinity|undefined/);
    expect(page).toContain('href="#pages"');
  });

  test('a broken load as a film and part by part, its culprit marked', () => {
    expect(section.match(/<img /g)).toHaveLength(2);
    expect(section).toContain('src="data:image/jpeg;base64,/9j/"');
    expect(words).toContain('✗ /assets/app-v1.js · 404 · v2');
    expect(section).toContain('class="culprit"');
  });

  test('pictures are allowed where there are some, as data and from nowhere else', () => {
    expect(page).toContain('img-src data:;');
    expect(renderHtmlReport(sampleReport('failed'))).not.toContain('img-src');
    const { films: _, ...rest } = samplePages();
    expect(renderHtmlReport(report([{ ...rest, films: [] }]))).not.toContain('img-src');
  });

  test('survives the way to result.json and back, and is a line for machines', () => {
    const given = report([samplePages()]);
    expect(readRunReport(renderRunReportJson(given), 'a test').pages).toEqual(given.pages);
    const lines = renderNdjson(given)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; name?: string });
    expect(lines.filter(({ type }) => type === 'page').map(({ name }) => name)).toEqual(['as declared', 'cookie']);
  });

  test('a frame that is no base64 is refused', () => {
    const { films: _, ...rest } = samplePages();
    const film = { ...samplePages().films[0]!, frames: [{ atMs: 1, jpeg: '" onerror="alert(1)' }] };
    expect(() => renderRunReportJson(report([{ ...rest, films: [film] }]))).toThrow(
      expect.objectContaining({ code: 'REPORT_UNWRITABLE' }) as Error,
    );
  });

  test('hostile texts stay texts', () => {
    const text = renderHtmlReport(hostileReport(report([samplePages()]), '"><script>alert(1)</script>'));
    expect(text).not.toContain('<script>alert');
  });
});
