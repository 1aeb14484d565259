/** Several policies on the same traffic as one page: who is wrong how often, the operating curves, and what would be better. */
import { mapStrings, showControlCharacters } from '../../model/control-characters.ts';
import { formatCount, formatDecimal, formatInterval, formatPerSecond, formatShare, THIN } from '../../model/figures.ts';
import { curveTable } from '../../model/simulation/operating-curve.ts';
import type { Share } from '../../model/simulation/release-figures.ts';
import {
  badNames,
  type ComparedPolicy,
  type ComparedTable,
  comparedVerdict,
  mistakesOf,
  type SimulatedPolicy,
  sideBySideLine,
  sideBySideTables,
  simulatedOf,
  worstLines,
} from '../../model/simulation/side-by-side.ts';
import { chartCaption, dataTable, html, inBothWidths, type Markup, px } from '../markup.ts';
import { pageShell } from '../page-shell.ts';
import { drawCurves } from './curve-chart.ts';
import { drawStopRanges, stopRangesOf } from './stop-ranges-chart.ts';

/** Two of them stand in a row on a wide screen. */
const CURVE_WIDTH = 520;

/** @param given at least one of them simulated */
export function renderSideBySidePage(given: readonly ComparedPolicy[]): string {
  const compared = mapStrings(given, showControlCharacters);
  const simulated = simulatedOf(compared);
  const tables = new Map(sideBySideTables(compared).map((table) => [table.id, table]));
  return pageShell(
    `${compared.length} policies side by side · canaryproof`,
    html`<main>${verdict(compared, simulated)}${mistakes(simulated)}${curves(simulated)}${decisions(simulated, tables.get('decision'))}${changes(simulated, tables.get('recommended'))}${leftOut(compared)}${assumed(simulated)}
      <footer><p>Made by canaryproof: ${sideBySideLine(compared)}. The same seed gives the same page.</p></footer></main>`,
  );
}

const VERDICT_WORDS = { passed: 'within the limits', failed: 'a limit is broken', inconclusive: 'undecided' } as const;
const share = (one: Share) => `${formatShare(one.p)} ${formatInterval(one)}`;

function verdict(compared: readonly ComparedPolicy[], simulated: readonly SimulatedPolicy[]): Markup {
  const found = comparedVerdict(compared);
  const { inputs, good, seed } = simulated[0]!.document;
  return html`<header id="verdict" class=${`strip ${found ?? 'info'}`}><div class="verdict"><div><h1>${found ? VERDICT_WORDS[found] : `${compared.length} policies`}</h1>${worstLines(simulated).map((line) => html`<p class="headline">${line.replaceAll(' %', `${THIN}%`)}</p>`)}</div></div>
    <dl class="meta"><div><dt>Traffic of all</dt><dd>${formatPerSecond(inputs.ratePerSecond)} requests/s</dd></div><div><dt>Errors of a good version</dt><dd>${formatShare(inputs.stable.errorShare)}</dd></div><div><dt>Scraped</dt><dd>every ${formatDecimal(inputs.scrapeIntervalMs / 1000)} s</dd></div><div><dt>Releases</dt><dd>${formatCount(good.releases)} of each kind and policy, seed ${seed}</dd></div></dl></header>`;
}

/** Bars in the cells, so that a column is compared at a glance. */
function mistakes(simulated: readonly SimulatedPolicy[]): Markup {
  const kinds = ['good: stopped', ...badNames(simulated).map((name) => `${name}: promoted`)];
  const cell = (one: Share, index: number) =>
    html`<td data-label=${kinds[index]}><span class="sim-wrong">${share(one)}${bar(one.p)}</span></td>`;
  return html`<section id="mistakes"><h2>How often each policy is wrong</h2><figure class="panel"><div class="scroll"><table class="stack sim-mistakes"><thead><tr><th scope="col">Policy</th>${kinds.map((kind) => html`<th scope="col">${kind}</th>`)}</tr></thead><tbody>${simulated.map((one) => html`<tr><th scope="row">${one.policy} <span class="quiet">${one.unit}</span></th>${mistakesOf(one).map(cell)}</tr>`)}</tbody></table></div>
    ${chartCaption('a bar: the share of releases in which this policy is wrong about this canary, with its 95 % interval. Full: always.', 'any bar: a good canary was stopped, or a bad one got all of the traffic.')}</figure></section>`;
}

function bar(p: number): Markup {
  return html`<svg class="share-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="full" width="100" height="10" />${p === 0 ? null : html`<rect class="part" width=${px(Math.max(1, p * 100))} height="10" />`}</svg>`;
}

function curves(simulated: readonly SimulatedPolicy[]): Markup {
  const drawn = simulated.filter(({ document }) => document.curves.length > 0);
  if (drawn.length === 0) return null;
  return html`<section id="curves"><h2>Operating curves</h2><p class="lead">How often each policy stops a canary, by how many errors the canary truly makes. All have the same axes and met the same traffic.</p><div class="columns sim-curves">${drawn.map(oneCurve)}</div></section>`;
}

/** Each explains itself, with its own figures: on a phone the next one is a screen away. */
function oneCurve({ policy, unit, document }: SimulatedPolicy, index: number): Markup {
  const [header = [], ...rows] = curveTable(document);
  const isRecommended = document.curves.some((curve) => curve.policy === 'recommended');
  const { inputs, falseStop, miss } = document;
  const stopped = miss ? `; at “bad”, ${formatShare(1 - miss.p)}` : '';
  return html`<figure class="panel"><h3>${policy} <span class="quiet">${unit}</span></h3><ul class="legend"><li><span class="badge sim-today">today</span></li>${isRecommended ? html`<li><span class="badge sim-recommended">recommended</span></li>` : null}</ul>
    ${inBothWidths((width) => drawCurves(document, width), `curve${index}`, CURVE_WIDTH)}
    ${chartCaption(
      'a share of errors: so many of its releases are stopped. The ribbon is the 95 % interval; shaded is where today’s policy is of two minds.',
      html`a curve that has risen at “good” (${formatShare(inputs.stable.errorShare)} errors), or is not at the top at “bad”. Today at “good”, ${formatShare(falseStop.p)}${stopped}.`,
    )}${dataTable('The curve as a table', header, rows)}</figure>`;
}

function decisions(simulated: readonly SimulatedPolicy[], table: ComparedTable | undefined): Markup {
  if (!table) return null;
  const ranges = stopRangesOf(simulated);
  const [header = [], ...rows] = table.rows;
  const isRecommended = ranges.some((range) => range.isRecommended);
  return html`<section id="decision"><h2>When the bad canary is stopped</h2><p class="lead">${table.title}.</p><figure class="panel"><ul class="legend"><li><span class="badge sim-today">today</span></li>${isRecommended ? html`<li><span class="badge sim-recommended">recommended</span></li>` : null}</ul>
    ${inBothWidths((width) => drawStopRanges(ranges, width), 'ranges')}
    ${chartCaption('a policy: the dot is the median time to the stop, the line reaches to the time within which 95 % of the stops come. Beside it: how many are never stopped.', 'a dot far to the right, or “never”: until then the canary answers.')}
    <div class="scroll">${stackTable(header, rows)}</div></figure></section>`;
}

function stackTable(header: readonly string[], rows: readonly (readonly string[])[]): Markup {
  return html`<table class="stack"><thead><tr>${header.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead><tbody>${rows.map(([first, ...cells]) => html`<tr><th scope="row">${first}</th>${cells.map((cell, index) => html`<td data-label=${header[index + 1]}>${cell}</td>`)}</tr>`)}</tbody></table>`;
}

function changes(simulated: readonly SimulatedPolicy[], table: ComparedTable | undefined): Markup {
  if (!table) return null;
  const [header = [], ...rows] = table.rows;
  return html`<section id="changes"><h2>What would be better</h2><p class="lead">${table.title}: the winner of a search looks better than it is.</p><div class="panel"><div class="scroll">${stackTable(header, rows)}</div>
    ${simulated.map(({ policy, document: { patch } }) =>
      patch === null
        ? null
        : html`<details class="more"><summary>The change of ${policy}</summary>${patch.diff ? html`<pre class="scroll"><code>${patch.diff}</code></pre>` : null}${patch.byHand.map(({ where, field, value }) => html`<p><code>${where}</code> ${field} = <code>${value}</code></p>`)}</details>`,
    )}</div></section>`;
}

function leftOut(compared: readonly ComparedPolicy[]): Markup {
  const lines = compared.flatMap(({ policy, unit, refused }) =>
    refused ? [html`<li>${policy} <span class="quiet">${unit}</span>: <b>${refused.code}</b> ${refused.why}</li>`] : [],
  );
  if (lines.length === 0) return null;
  return html`<section id="left-out"><h2>Not simulated</h2><div class="panel"><ul>${lines}</ul></div></section>`;
}

/** What is said of several policies alike stands there once. */
function assumed(simulated: readonly SimulatedPolicy[]): Markup {
  const warned = new Map<string, { readonly code: string; readonly sentence: string; readonly policies: string[] }>();
  for (const { policy, document } of simulated)
    for (const { code, sentence } of document.warnings) {
      const key = `${code} ${sentence}`;
      const known = warned.get(key);
      if (known) known.policies.push(policy);
      else warned.set(key, { code, sentence, policies: [policy] });
    }
  const assumptions = [...new Set(simulated.flatMap(({ document }) => document.assumptions))];
  return html`<section id="assumed"><h2>Warnings and assumptions</h2><div class="panel"><ul>${[...warned.values()].map(({ code, sentence, policies }) => html`<li>${policies.join(', ')}: <b>${code}</b> ${sentence}</li>`)}${assumptions.map((sentence) => html`<li class="quiet">${sentence}</li>`)}</ul></div></section>`;
}
