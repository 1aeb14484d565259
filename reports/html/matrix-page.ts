/** Claims over runs as one page. */

import type { MatrixCell, ReportMatrix } from '../model/compare/report-matrix.ts';
import { mapStrings, showControlCharacters } from '../model/control-characters.ts';
import { formatDuration } from '../model/figures.ts';
import { OUTCOME_MEANING, OUTCOME_ORDER } from '../model/outcome-words.ts';
import { html, type Markup } from './markup.ts';
import { pageShell } from './page-shell.ts';
import { outcomeBadge } from './panels/outcome-badge.ts';

export function renderMatrixPage(given: ReportMatrix): string {
  const matrix = mapStrings(given, showControlCharacters);
  return pageShell(
    'Which claim holds where · canaryproof',
    html`<main><section id="matrix"><h2>Which claim holds where</h2><p class="lead">${matrix.sentence}</p>
      <figure class="panel"><div class="scroll"><table class="matrix"><caption class="sr">Claims over runs</caption>
        <thead><tr><th scope="col">Claim</th>${matrix.columns.map(({ label, runId }) => html`<th scope="col" title=${runId}>${label}</th>`)}</tr></thead>
        <tbody>${matrix.rows.map((row) => html`<tr class=${row.uniform ? '' : 'uneven'}><th scope="row">${row.title} <span class="quiet"><code>${row.claimId}</code></span></th>${row.cells.map(matrixCell)}</tr>`)}</tbody>
        <tfoot><tr><th scope="row">whole run</th>${matrix.columns.map(({ outcome }) => html`<td>${outcomeBadge(outcome)}</td>`)}</tr>
          <tr><th scope="row">took</th>${matrix.columns.map(({ durationMs }) => html`<td>${formatDuration(durationMs)}</td>`)}</tr></tfoot></table></div>
      <figcaption><p><b>One mark is</b> the outcome of one claim in one run, with the boundary runs that ended as declared.</p><p><b>Bad would be</b> a row (barred at its left) that is not the same everywhere: the claim depends on the version. ${OUTCOME_ORDER.map((outcome) => `${outcome}: ${OUTCOME_MEANING[outcome]}`).join('; ')}.</p></figcaption></figure></section>
      <footer><p>Made by canaryproof from the result.json of ${matrix.columns.length} runs.</p></footer></main>`,
  );
}

function matrixCell(cell: MatrixCell | undefined): Markup {
  if (cell === undefined) return html`<td><span class="quiet">not judged</span></td>`;
  return html`<td>${outcomeBadge(cell.outcome)}${cell.boundaries === undefined ? null : html` <b>${cell.boundaries.asDeclared} of ${cell.boundaries.all}</b>`}<p class="quiet">${cell.sentence}</p></td>`;
}
