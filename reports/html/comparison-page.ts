/** Two runs side by side as one page. */
import { scaleLinear } from 'd3-scale';
import { AGREEMENT_GLYPH, AGREEMENT_ORDER, AGREEMENT_WORD } from '../model/agreement-words.ts';
import type { Agreement, ComparedClaim, ReportComparison } from '../model/compare/compare-reports.ts';
import type { ComparedShare } from '../model/compare/compare-shares.ts';
import { mapStrings, showControlCharacters } from '../model/control-characters.ts';
import {
  formatCount,
  formatDeclared,
  formatDuration,
  formatInstant,
  formatPoints,
  formatShare,
} from '../model/figures.ts';
import { chartCaption, html, type Markup, moreInResult, px } from './markup.ts';
import { pageShell } from './page-shell.ts';
import { outcomeBadge } from './panels/outcome-badge.ts';

const WIDTH = 320;
const ROWS = 500;

export function renderComparisonPage(given: ReportComparison): string {
  const comparison = mapStrings(given, showControlCharacters);
  return pageShell(
    `${comparison.agrees ? 'same' : 'different'}: two runs · canaryproof`,
    html`<main>${runs(comparison)}${claims(comparison)}${shares(comparison)}${boundaries(comparison)}${environment(comparison)}
      <footer><p>Made by canaryproof from two result.json files. The runs' own verdicts are taken as they are.</p></footer></main>`,
  );
}

function agreementBadge(agreement: Agreement): Markup {
  return html`<span class=${`badge ${agreement}`}><span class="glyph" aria-hidden="true">${AGREEMENT_GLYPH[agreement]}</span>${AGREEMENT_WORD[agreement]}</span>`;
}

function runs(comparison: ReportComparison): Markup {
  const card = (
    name: string,
    run: ReportComparison['first'],
  ) => html`<figure><h3>${outcomeBadge(run.outcome)}${name}: ${run.subject} on ${run.provider}</h3><p class="sentence">${run.headline}</p>
    <dl class="meta"><div><dt>Run</dt><dd>${run.id}</dd></div><div><dt>Started</dt><dd>${formatInstant(run.startedAt)}</dd></div><div><dt>Took</dt><dd>${formatDuration(run.durationMs)}</dd></div></dl></figure>`;
  return html`<header id="verdict" class=${`strip ${comparison.agrees ? 'passed' : 'failed'}`}><div class="verdict"><div class="stamp" aria-hidden="true">${comparison.agrees ? '=' : '≠'}</div><div><h1>${comparison.agrees ? 'same' : 'different'}</h1><p class="headline">${comparison.sentence}</p></div></div>
    <div class="columns">${card('First', comparison.first)}${card('Second', comparison.second)}</div></header>`;
}

function claims(comparison: ReportComparison): Markup {
  const sorted = comparison.claims.toSorted(
    (a, b) => AGREEMENT_ORDER.indexOf(a.agreement) - AGREEMENT_ORDER.indexOf(b.agreement),
  );
  const side = (claim: ComparedClaim['first']): Markup =>
    claim === undefined
      ? html`<span class="quiet">not judged</span>`
      : html`${outcomeBadge(claim.outcome)} <p class="quiet">${claim.sentence}</p>${formatDuration(claim.durationMs)}`;
  return html`<section id="claims"><h2>Claims</h2><div class="panel scroll"><table class="stack"><thead><tr><th scope="col">Agreement</th><th scope="col">Claim</th><th scope="col">First</th><th scope="col">Second</th></tr></thead>
    <tbody>${sorted.map((claim) => html`<tr><td>${agreementBadge(claim.agreement)}</td><th scope="row">${claim.title} <span class="quiet"><code>${claim.id}</code></span>${claim.explanations.length === 0 ? null : html`<ul>${claim.explanations.map((text) => html`<li class="quiet">${text}</li>`)}</ul>`}</th><td data-label="First">${side(claim.first)}</td><td data-label="Second">${side(claim.second)}</td></tr>`)}</tbody></table></div></section>`;
}

function shares(comparison: ReportComparison): Markup {
  if (comparison.shares.length === 0) return null;
  const reach = comparison.shares.reduce(
    (most, { difference }) =>
      difference === undefined ? most : Math.max(most, Math.abs(difference.low), Math.abs(difference.high)),
    0.005,
  );
  const side = (one: ComparedShare['first'], declared: number | undefined): Markup =>
    one === undefined || one.n === 0
      ? 'nothing'
      : html`<b>${formatShare(one.share)}</b> <span class="quiet">n ${formatCount(one.n)}${declared === undefined ? '' : `, declared ${formatDeclared(declared)}`}</span>`;
  return html`<section id="shares"><h2>Shares</h2><p class="lead">Second minus first, with an interval for the difference of two proportions; all intervals together leave out zero by chance in ${formatDeclared(comparison.noiseRate)} of comparisons of equal runs.</p>
    <figure class="panel"><div class="scroll"><table class="stack"><thead><tr><th scope="col">Split, arm</th><th scope="col">First</th><th scope="col">Second</th><th scope="col" class="line">Difference</th><th scope="col">Reading</th></tr></thead>
    <tbody>${comparison.shares.slice(0, ROWS).map(
      (
        share,
      ) => html`<tr><th scope="row">${share.title}, ${share.arm}</th><td data-label="First">${side(share.first, share.declaredFirst)}</td><td data-label="Second">${side(share.second, share.declaredSecond)}</td>
      <td class="line">${share.difference === undefined ? null : differencePicture(share.difference, reach)}</td><td>${share.difference === undefined ? html`<span class="quiet">not comparable</span>` : share.difference.withinNoise ? html`<span class="good-text">= within noise</span>` : html`<b class="bad-text">≠ beyond noise</b>`}</td></tr>`,
    )}</tbody></table></div>${moreInResult(comparison.shares.length, ROWS, 'shares')}
    ${chartCaption('an arm: the dot is the difference of its two shares, the whisker its interval, the tall tick is no difference.', 'a whisker that does not reach the tick: the runs differ by more than their samples explain.')}</figure></section>`;
}

function differencePicture(difference: NonNullable<ComparedShare['difference']>, reach: number): Markup {
  const x = scaleLinear([-reach * 1.1, reach * 1.1], [8, WIDTH - 8]);
  const label = `${formatPoints(difference.difference)} [${formatPoints(difference.low)}, ${formatPoints(difference.high)}]`;
  return html`<svg class="chart number-line" viewBox=${`0 0 ${WIDTH} 44`} role="img" aria-label=${label}><line class="axis" x1="8" x2=${WIDTH - 8} y1="15" y2="15" /><line class="limit-tick" x1=${WIDTH / 2} x2=${WIDTH / 2} y1="3" y2="27" />
    <g class="arm-mark shade1"><line x1=${px(x(difference.low))} x2=${px(x(difference.high))} y1="15" y2="15" /><path d=${`M${px(x(difference.low))},10V20M${px(x(difference.high))},10V20`} /><circle cx=${px(x(difference.difference))} cy="15" r="5" /></g>
    <text class="tick" x=${WIDTH / 2} y="41" text-anchor="middle">${label}</text></svg>`;
}

function boundaries(comparison: ReportComparison): Markup {
  const all = comparison.boundaries;
  if (all.length === 0) return null;
  const sorted = all.toSorted((a, b) => AGREEMENT_ORDER.indexOf(a.agreement) - AGREEMENT_ORDER.indexOf(b.agreement));
  const side = (one: (typeof all)[number]['first']): Markup =>
    one === undefined
      ? html`<span class="quiet">not judged</span>`
      : html`${outcomeBadge(one.outcome)} ${one.observed}`;
  return html`<section id="boundaries"><h2>Boundary runs</h2><div class="panel"><div class="scroll"><table class="stack"><thead><tr><th scope="col">Agreement</th><th scope="col">Run</th><th scope="col">Expected</th><th scope="col">First</th><th scope="col">Second</th></tr></thead>
    <tbody>${sorted.slice(0, ROWS).map((one) => html`<tr><td>${agreementBadge(one.agreement)}</td><th scope="row">${one.name} <span class="quiet"><code>${one.claimId}</code></span></th><td data-label="Expected">${one.expected}</td><td data-label="First">${side(one.first)}</td><td data-label="Second">${side(one.second)}</td></tr>`)}</tbody></table></div>${moreInResult(sorted.length, ROWS, 'boundary runs')}</div></section>`;
}

function environment(comparison: ReportComparison): Markup {
  const rows = comparison.environment;
  return html`<section id="environment"><h2>What else differed</h2>${
    rows.length === 0
      ? html`<p class="empty">Nothing: provider, versions, machine and declaration are the same.</p>`
      : html`<div class="panel scroll"><table class="stack"><thead><tr><th scope="col">What</th><th scope="col">First</th><th scope="col">Second</th></tr></thead><tbody>${rows.map((row) => html`<tr><th scope="row">${row.what}</th><td data-label="First">${row.first}</td><td data-label="Second">${row.second}</td></tr>`)}</tbody></table></div>`
  }</section>`;
}
