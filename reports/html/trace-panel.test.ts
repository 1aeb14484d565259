import { describe, expect, test } from 'vitest';
import { readRunReport, renderRunReportJson } from '../model/read-run-report.ts';
import { hostileReport } from '../model/samples/hostile-report.ts';
import { sampleReport } from '../model/samples/sample-report.ts';
import { sampleTraces } from '../model/samples/sample-traces.ts';
import { renderNdjson } from '../text/ndjson-lines.ts';
import { renderHtmlReport } from './report-page.ts';

const report = { ...sampleReport('failed'), traces: sampleTraces() };
const page = renderHtmlReport(report).replaceAll('\u202f', ' ');
const section = page.slice(
  page.indexOf('<section id="traces"'),
  page.indexOf('</section>', page.indexOf('id="traces"')),
);
const words = section.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');

describe('a trace in the report', () => {
  test('every span with its service, version and time, and what is wrong where something is', () => {
    expect(words).toMatch(/reviews v2 answers · 4\.2 ms/);
    expect(words).toContain('✗ reviews v2 answered (reviews-v2-0), and no span of it is there');
    expect(words).toContain('Bad would be');
    expect(words).not.toMatch(/(?<!is)NaN|Infinity|undefined/);
    expect(page).toContain('href="#traces"');
    expect(renderHtmlReport(sampleReport('failed'))).not.toContain('id="traces"');
  });

  test('a span stands further in than the one that caused it', () => {
    const insets = [...section.matchAll(/<text x="(\d+)" y="\d+">[^<]*(?:answers|asks)/g)].map(([, x]) => Number(x));
    expect(insets.slice(0, 5)).toEqual(insets.slice(0, 5).toSorted((a, b) => a - b));
    expect(new Set(insets.slice(0, 5)).size).toBe(5);
  });

  test('survives the way to result.json and back, and is a line for machines', () => {
    expect(readRunReport(renderRunReportJson(report), 'a test').traces).toEqual(report.traces);
    const lines = renderNdjson(report).trim().split('\n');
    expect(lines.filter((line) => line.startsWith('{"type":"trace"'))).toHaveLength(2);
  });

  test('hostile texts stay texts', () => {
    const text = renderHtmlReport(hostileReport(report, '"><script>alert(1)</script>'));
    expect(text).not.toContain('<script>alert');
  });
});
