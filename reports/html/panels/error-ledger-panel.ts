/** P7: every request that was not answered well, by phase and flag; what the run injected is kept apart from what was lost. */

import { readErrorLedger } from '../../model/error-ledger-reading.ts';
import { formatClock, formatCount, formatShare } from '../../model/figures.ts';
import type { ErrorLedgerReport } from '../../model/rollout-report.ts';
import type { RunReport } from '../../model/run-report.ts';
import { html, type Markup, moreInResult, px } from '../markup.ts';
import type { PageDetail } from '../page-detail.ts';

/** Nothing for a run that kept no error ledger. */
export function errorLedgerPanel(report: RunReport, detail: PageDetail): Markup {
  if (report.errorLedgers.length === 0) return null;
  return html`<section id="errors"><h2>Error ledger</h2>
    <p class="lead">Every request that was not answered well, by phase, version and Envoy's response flag. Errors that the run made on purpose are not lost requests.</p>
    ${report.errorLedgers.slice(0, detail.charts).map((ledger) => oneLedger(ledger, detail))}
    ${moreInResult(report.errorLedgers.length, detail.charts, 'error ledgers')}</section>`;
}

function oneLedger(ledger: ErrorLedgerReport, detail: PageDetail): Markup {
  const { lost, injected, rows } = readErrorLedger(ledger);
  const within = lost <= ledger.budget;
  const shown = rows.slice(0, detail.listRows);
  const most = rows.reduce((highest, { count }) => Math.max(highest, count), 1);
  return html`<figure class="panel"><h3>${ledger.title}</h3>
    <p class="budget"><span class=${`badge ${within ? 'passed' : 'failed'}`}><span class="glyph" aria-hidden="true">${within ? '✓' : '✗'}</span>${formatCount(lost)} lost</span> of ${formatCount(ledger.sent)} sent; ${ledger.budget === 0 ? 'none is allowed' : `${formatCount(ledger.budget)} are allowed`}</p>
    <div class="scroll"><table class="errors-table stack"><caption class="sr">Requests not answered well</caption><thead><tr><th scope="col">Phase</th><th scope="col">Track</th><th scope="col">Status, flag</th><th scope="col">Meaning</th><th scope="col">Made by us</th><th scope="col" class="num">Requests</th><th scope="col" class="amount"><span class="sr">Amount</span></th><th scope="col">First, last (UTC)</th></tr></thead>
    <tbody>${
      rows.length === 0
        ? html`<tr><td colspan="8">Every request was answered well.</td></tr>`
        : shown.map(
            (
              row,
            ) => html`<tr class=${row.injected ? 'injected' : 'lost'}><th scope="row">${row.phase}</th><td data-label="Track">${row.track}</td><td data-label="Status, flag">${row.status === 0 ? 'no answer' : row.status} <code>${row.flag}</code></td><td class="whole">${row.meaning}</td>
              <td data-label="Made by us">${row.injected ? 'injected' : html`<b class="bad-text">✗ lost</b>`}</td><td class="num" data-label="Requests">${formatCount(row.count)}</td><td class="amount">${amountBar(row.count / most, row.injected)}</td><td class="whole" data-label="First, last"><span class="clock">${formatClock(row.firstMs, true)},</span> <span class="clock">${formatClock(row.lastMs, true)}</span></td></tr>`,
          )
    }</tbody>
    <tfoot><tr><th scope="row" colspan="5">answered well</th><td class="num" data-label="Requests">${formatCount(ledger.sent - lost - injected)}</td><td></td><td>${ledger.sent === 0 ? '' : formatShare((ledger.sent - lost - injected) / ledger.sent)}</td></tr>
      <tr><th scope="row" colspan="5">injected</th><td class="num" data-label="Requests">${formatCount(injected)}</td><td></td><td></td></tr>
      <tr><th scope="row" colspan="5">lost</th><td class="num" data-label="Requests">${formatCount(lost)}</td><td></td><td>${within ? 'within the budget' : `✗ ${formatCount(lost - ledger.budget)} over the budget`}</td></tr></tfoot></table></div>
    ${moreInResult(rows.length, shown.length, 'rows')}
    <figcaption><p><b>One mark is</b> a kind of bad answer in one phase; the bar compares the rows.</p><p><b>Bad would be</b> a row marked lost beyond the budget. UH is no healthy upstream, NC no cluster, NR no route, UC an upstream that closed, DC a client that left.</p></figcaption></figure>`;
}

function amountBar(part: number, injected: boolean): Markup {
  return html`<svg class="share-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="full" width="100" height="10" /><rect class=${injected ? 'made' : 'part'} width=${px(Math.max(1.5, part * 100))} height="10" /></svg>`;
}
