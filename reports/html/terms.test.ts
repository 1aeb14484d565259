import { expect, test } from 'vitest';
import { thorough } from '../../harness/testkit/runner/thorough.ts';
import { sampleReport } from '../model/samples/sample-report.ts';
import { sampleRolloutReport } from '../model/samples/sample-rollout-report.ts';
import { GLOSSARY } from '../model/words/glossary.ts';
import { html, toText } from './markup.ts';
import { renderHtmlReport } from './report-page.ts';
import { termAnchor, withTerms } from './terms.ts';

test('every linked word leads to its explanation in the same file', () => {
  const page = renderHtmlReport(sampleReport('failed'));
  const linked = [...page.matchAll(/href="#(term-[\w-]+)"/g)].map(([, anchor]) => anchor);
  expect(linked.length).toBeGreaterThan(5);
  for (const anchor of linked) expect(page).toContain(`id="${anchor}"`);
  for (const { key } of GLOSSARY) expect(page.split(`id="${termAnchor(key)}"`)).toHaveLength(2);
});

thorough('a reader of the two kinds of reports meets the words of the statistics as links', () => {
  const pages = renderHtmlReport(sampleReport('passed')) + renderHtmlReport(sampleRolloutReport('failed'));
  for (const key of ['e-value', 'alpha', 'beta', 'margin', 'excluded-drift', 'whisker', 'books', 'oracle'])
    expect(pages).toContain(`href="#${termAnchor(key)}"`);
});

test('links the first mention of a whole word, and keeps every character', () => {
  const text = toText(html`<p>${withTerms('margin, margins; design effect 2.1, the margin')}</p>`);
  expect(text.match(/<a /g)).toHaveLength(2);
  expect(text.replace(/<[^>]+>/g, '')).toBe('margin, margins; design effect 2.1, the margin');
});
