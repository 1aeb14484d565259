/** A history as one page: a strip a claim, drawn over the runs. */
import { mapStrings, showControlCharacters } from '../model/control-characters.ts';
import { formatCount, formatDeclared, formatDuration, formatInterval, formatShare } from '../model/figures.ts';
import type { ClaimHistory, HistoryReport, SubjectHistory } from '../model/history/history-report.ts';
import { claimRemarks, drawnShare, runName } from '../model/history/history-words.ts';
import { OUTCOME_MEANING, OUTCOME_ORDER } from '../model/outcome-words.ts';
import { historyChart } from './charts/history-chart.ts';
import { chartCaption, dataTable, empty, html, inBothWidths, type Markup } from './markup.ts';
import { pageShell } from './page-shell.ts';
import { outcomeBadge } from './panels/outcome-badge.ts';

export function renderHistoryPage(given: HistoryReport): string {
  const { subjects, problems } = mapStrings(given, showControlCharacters);
  const runs = subjects.reduce((sum, subject) => sum + subject.runs.length, 0);
  return pageShell(
    'History · canaryproof',
    html`<main>${subjects.length === 0 ? html`<section><h2>History</h2>${empty('No run is kept here yet.')}</section>` : null}
      ${subjects.map(subjectSection)}
      ${
        problems.length === 0
          ? null
          : html`<section id="problems"><h2>What could not be believed</h2><div class="panel"><ul class="problems">${problems.map(({ code, where, sentence, hint }) => html`<li><span class="glyph" aria-hidden="true">!</span><span><b>${code}</b> at <code>${where}</code>: ${sentence}. ${hint}</span></li>`)}</ul></div></section>`
      }
      <footer><p>Made by canaryproof from ${formatCount(runs)} kept run${runs === 1 ? '' : 's'}.</p></footer></main>`,
  );
}

function subjectSection(subject: SubjectHistory, at: number): Markup {
  const { runs, olderRuns, claims } = subject;
  const [first, last] = [runs[0], runs.at(-1)];
  if (first === undefined || last === undefined) return null;
  const failing = claims.filter(({ regression }) => regression !== undefined).length;
  const older = olderRuns === 0 ? '' : `, ${formatCount(olderRuns)} older not shown`;
  return html`<section id=${`subject-${at}`}><h2>${subject.subject}</h2>
    <p class="lead">${runs.length} run${runs.length === 1 ? '' : 's'}, ${runName(first)} to ${runName(last)}${older}. ${failing === 0 ? 'No claim fails now.' : `${failing} of ${claims.length} claims fail now.`}</p>
    <ul class="claims">${claims.map((claim, index) => claimItem(claim, subject, `h${at}-${index}-`))}</ul>
    ${chartCaption(
      'one run: the dot and whisker are the estimate and its interval, the line the declared share, the band the accepted margin; where no split was judged the mark stands on the line of its outcome. The bars below are how long the claim took; a number above a bar counts lost requests.',
      `a mark that is not a filled dot, or one outside of the band. ${OUTCOME_ORDER.map((outcome) => `${outcome}: ${OUTCOME_MEANING[outcome]}`).join('; ')}. A dashed line is a change point.`,
    )}</section>`;
}

function claimItem(claim: ClaimHistory, subject: SubjectHistory, key: string): Markup {
  const last = claim.cells.findLast((cell) => cell !== undefined);
  const remarks = claimRemarks(claim, subject);
  return html`<li class=${`panel ${last?.outcome ?? ''}`}><div class="claim-head">${last === undefined ? null : outcomeBadge(last.outcome)}<h3>${claim.title}</h3></div>
    <p class="id quiet"><code>${claim.id}</code></p>
    ${remarks.map((remark) => html`<p class="hint">${remark.slice(0, 1).toUpperCase()}${remark.slice(1)}.</p>`)}
    <figure>${inBothWidths((width, prefix) => historyChart(claim, subject, width, prefix), key)}</figure>
    ${runTable(claim, subject)}</li>`;
}

function runTable(claim: ClaimHistory, { runs }: SubjectHistory): Markup {
  const rows = claim.cells.flatMap((cell, index) => {
    const run = runs[index];
    if (cell === undefined || run === undefined) return [];
    const share = drawnShare(claim, cell);
    return [
      [
        runName(run),
        outcomeBadge(cell.outcome),
        share === undefined
          ? ''
          : `${formatShare(share.estimate)} ${formatInterval(share)} of ${formatDeclared(share.declared)}, n ${formatCount(share.n)}`,
        cell.lagMs === undefined ? '' : formatDuration(cell.lagMs),
        cell.lostRequests === undefined ? '' : formatCount(cell.lostRequests),
        formatDuration(cell.durationMs),
        cell.sentence,
      ],
    ];
  });
  return dataTable(
    'Runs as a table',
    ['Run', 'Verdict', 'Share', 'Lag', 'Lost', 'Took', 'Measured'],
    rows.toReversed(),
  );
}
