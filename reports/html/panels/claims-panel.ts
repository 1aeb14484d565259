/** The claims, worst first, with what was measured for each. */
import { firstSentence } from '../../model/causes/causes.ts';
import { tidyNumbers } from '../../model/causes/tidy-numbers.ts';
import { formatDuration } from '../../model/figures.ts';
import { OUTCOME_ORDER } from '../../model/outcome-words.ts';
import type { ClaimReport, RunReport } from '../../model/run-report.ts';
import { empty, html, type Markup } from '../markup.ts';
import { outcomeBadge } from './outcome-badge.ts';

const UNFOLDED = 6;

/** Anchors are made of positions, never of text that came from outside. */
export function claimAnchor(index: number): string {
  return `claim-${index + 1}`;
}

export function claimsPanel(report: RunReport): Markup {
  const claims = report.claims
    .map((claim, index) => ({ claim, index }))
    .toSorted(
      (a, b) => OUTCOME_ORDER.indexOf(a.claim.outcome) - OUTCOME_ORDER.indexOf(b.claim.outcome) || a.index - b.index,
    );
  const outcomes = OUTCOME_ORDER.filter((outcome) => claims.some(({ claim }) => claim.outcome === outcome));
  return html`<section id="claims"><h2>Claims</h2>
    ${
      claims.length === 0
        ? empty('No claim was judged in this run.')
        : html`<form class="filter script-only" data-filter="claim-list"><label><span class="sr">Filter claims</span><input type="search" placeholder="Filter claims" autocomplete="off" /></label>
        ${outcomes.map((outcome) => html`<label class="toggle"><input type="checkbox" value=${outcome} checked />${outcome}</label>`)}<span class="quiet" data-filter-count aria-live="polite"></span></form>
      <ol class="claims" id="claim-list">${claims.map(({ claim, index }) => {
        const splits = report.splits.filter((split) => split.claimId === claim.id);
        return html`<li id=${claimAnchor(index)} class=${claim.outcome} data-outcome=${claim.outcome}>
          <div class="claim-head">${outcomeBadge(claim.outcome)}<h3>${claim.title}</h3><span class="quiet duration">${formatDuration(claim.durationMs)}</span></div>
          ${claimSentence(claim.sentence)}<p class="quiet id"><code>${claim.id}</code>${splits.length === 0 ? null : html` · <a href="#splits">${splits.length === 1 ? '1 split' : `${splits.length} splits`}</a>`}</p>
          ${claimDetails(claim.details)}</li>`;
      })}</ol>`
    }</section>`;
}

const WALL = 320;

/** A sentence a claim; where one says the same of every trial, the first is shown and the rest folded. */
function claimSentence(given: string): Markup {
  const text = tidyNumbers(given);
  const first = firstSentence(text);
  if (text.length <= WALL || first === text) return html`<p class="sentence">${text}</p>`;
  return html`<p class="sentence">${first}</p><details class="more"><summary>All of it</summary><p class="sentence">${text.slice(first.length).trim()}</p></details>`;
}

/** Many details are folded away; paper shows them. */
function claimDetails(details: ClaimReport['details']): Markup {
  if (details.length === 0) return null;
  const list = html`<dl class="meta">${details.map((detail) => html`<div><dt>${detail.label}</dt><dd>${tidyNumbers(detail.value)}</dd></div>`)}</dl>`;
  return details.length <= UNFOLDED
    ? list
    : html`<details class="more"><summary>${details.length} details</summary>${list}</details>`;
}
