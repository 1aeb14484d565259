/** P11: double entry. Every request that was sent is found again, or the outcome is invalid. */
import { formatCount, formatDecimal, formatShare, THIN } from '../../model/figures.ts';
import type { BooksReport, RunReport } from '../../model/run-report.ts';
import { empty, html, type Markup } from '../markup.ts';
import { withTerms } from '../terms.ts';
import { outcomeBadge } from './outcome-badge.ts';

export function auditPanel(report: RunReport): Markup {
  return html`<section id="audit"><h2>Evidence audit</h2>
    <p class="lead">${withTerms('Every request that left the load generator must be found again: books that do not balance make the outcome invalid, never passed.')}</p>
    ${report.books.length === 0 ? empty('No load phase was run, so there are no books.') : html`<div class="panel columns">${report.books.map(oneBook)}</div>`}</section>`;
}

function oneBook(books: BooksReport): Markup {
  const credits = [
    ...books.answeredByArm.map(({ arm, count }) => ({ name: `answered by ${arm}`, count })),
    { name: 'errors', count: books.errors },
    { name: 'unattributed answers', count: books.unattributed },
    { name: 'in flight when the load stopped', count: books.interrupted },
  ];
  const found = credits.reduce((sum, { count }) => sum + count, 0);
  const missing = books.sent - found;
  return html`<figure><h3>${outcomeBadge(books.outcome)}${books.title}</h3>
    ${books.problems.length === 0 ? null : html`<ul class="problems">${books.problems.map((problem) => html`<li><span class="glyph" aria-hidden="true">!</span>${problem}</li>`)}</ul>`}
    ${books.repeatedAs === undefined ? null : html`<p class="quiet">No verdict rests on this load: it was run once more, at a lower rate.</p>`}
    <table class="books"><caption class="sr">Requests sent and found</caption><thead><tr><th scope="col">Entry</th><th scope="col" class="num">Sent</th><th scope="col" class="num">Found</th></tr></thead>
    <tbody><tr><th scope="row">sent by the load generator</th><td class="num">${formatCount(books.sent)}</td><td></td></tr>
      ${credits.map(({ name, count }) => html`<tr class=${count === 0 ? 'zero' : ''}><th scope="row">${name}</th><td></td><td class="num">${formatCount(count)}</td></tr>`)}</tbody>
    <tfoot><tr><th scope="row">total</th><td class="num">${formatCount(books.sent)}</td><td class="num">${formatCount(found)}</td></tr>
      <tr class=${missing === 0 ? 'balanced' : 'unbalanced'}><th scope="row">${missing === 0 ? '= the books balance' : missing > 0 ? '≠ lost without a trace' : '≠ found but never sent'}</th><td class="num" colspan="2">${formatCount(Math.abs(missing))}</td></tr></tfoot></table>
    ${witnesses(books)}${generator(books)}</figure>`;
}

function witnesses(books: BooksReport): Markup {
  if (books.witnesses.length === 0) return html`<p class="quiet">No second witness counted these requests.</p>`;
  return html`<table><thead><tr><th scope="col">${withTerms('Second witness')}</th><th scope="col" class="num">Counted</th><th scope="col" class="num">Difference</th><th scope="col">Why</th></tr></thead>
    <tbody>${books.witnesses.map((one) => html`<tr><th scope="row">${one.name}</th><td class="num">${formatCount(one.count)}</td><td class="num">${one.difference > 0 ? '+' : ''}${formatCount(one.difference)}</td><td>${one.explanation}</td></tr>`)}</tbody></table>`;
}

function generator({ generator: g, droppedIterations }: BooksReport): Markup {
  const rows: readonly (readonly [string, string, boolean])[] = [
    ['CPU of the generator', `${formatDecimal(g.cpuShare, 2)}${THIN}cores`, false],
    [
      'virtual users used',
      `${formatCount(g.vusMax)} of ${formatCount(g.vusAllocated)}`,
      g.vusAllocated > 0 && g.vusMax >= g.vusAllocated,
    ],
    [
      'achieved rate',
      `${formatDecimal(g.achievedPerSecond)} of ${formatDecimal(g.offeredPerSecond)}${THIN}requests/s${g.offeredPerSecond > 0 ? ` (${formatShare(g.achievedPerSecond / g.offeredPerSecond, 0)})` : ''}`,
      false,
    ],
    ['dropped iterations', formatCount(droppedIterations), droppedIterations > 0],
  ];
  return html`<dl class="meta">${rows.map(([name, value, bad]) => html`<div class=${bad ? 'bad' : ''}><dt>${name}</dt><dd>${bad ? '! ' : ''}${value}</dd></div>`)}</dl>`;
}
