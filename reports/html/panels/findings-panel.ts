/** Findings, errors first, each with the layer that is to blame; the chain of layers shows where the trouble sits. */
import { groupedByCause } from '../../model/causes/causes.ts';
import { tidyNumbers } from '../../model/causes/tidy-numbers.ts';
import { formatCount } from '../../model/figures.ts';
import { findingPointersOf } from '../../model/finding-pointers.ts';
import type { FindingReport, RunReport } from '../../model/run-report.ts';
import { empty, html, type Markup, moreInResult, prose } from '../markup.ts';
import type { PageDetail } from '../page-detail.ts';

const LAYERS: readonly (readonly [FindingReport['layer'], string])[] = [
  ['manifest', 'manifest'],
  ['git', 'Git'],
  ['controller', 'controller’s belief'],
  ['api', 'API object'],
  ['xds', 'proxies (xDS)'],
  ['observed', 'observed'],
  ['instrument', 'instrument'],
];
/** More of one kind teach nothing new. */
const FOLDED = 50;
const SEVERITY: readonly FindingReport['severity'][] = ['error', 'warning', 'info'];
const GLYPH: Readonly<Record<FindingReport['severity'], string>> = { error: '✗', warning: '!', info: 'i' };

export function findingsPanel(report: RunReport, detail: PageDetail): Markup {
  const sorted = SEVERITY.flatMap((severity) => report.findings.filter((finding) => finding.severity === severity));
  // findings that differ in nothing but where they were met: the first is shown, the others are folded
  const groups = groupedByCause(sorted);
  const hidden = groups.slice(detail.listRows).reduce((sum, group) => sum + group.length, 0);
  return html`<section id="findings"><h2>Findings</h2>
    ${
      sorted.length === 0
        ? empty('Nothing to report: all layers agree and the instrument was sound.')
        : html`<ul class="layers" aria-label="Findings by layer">${LAYERS.map(([layer, title]) => layerCount(layer, title, sorted))}</ul>
      <ul class="findings">${groups.slice(0, detail.listRows).map(oneGroup)}</ul>${hidden > 0 ? html`<p class="quiet">${formatCount(hidden)} more are in result.json.</p>` : null}`
    }</section>`;
}

function oneGroup([finding, ...others]: readonly FindingReport[]): Markup {
  if (finding === undefined) return null;
  return html`<li class=${finding.severity}><p class="finding-head"><span class="severity"><span class="glyph" aria-hidden="true">${GLYPH[finding.severity]}</span>${finding.severity}</span><span class="layer">${LAYERS.find(([layer]) => layer === finding.layer)?.[1]}</span><code>${finding.code}</code>${others.length === 0 ? null : html`<span class="quiet">${formatCount(others.length + 1)} times</span>`}</p>
        ${facts(finding)}
        ${finding.hint === undefined ? null : html`<p class="hint"><b>What to do:</b> ${prose(finding.hint)}</p>`}
        ${others.length === 0 ? null : html`<details class="more"><summary>${formatCount(others.length)} more of the same</summary>${others.slice(0, FOLDED).map(facts)}${moreInResult(others.length, FOLDED, 'of the same')}</details>`}</li>`;
}

function facts(finding: FindingReport): Markup {
  return html`<p class="sentence">${prose(tidyNumbers(finding.sentence))}</p>
        ${finding.where === undefined ? null : html`<p class="where"><span class="quiet">at</span> <code>${finding.where}</code></p>`}
        ${pointers(finding)}`;
}

function pointers(finding: FindingReport): Markup {
  const named = findingPointersOf(finding);
  if (named.length === 0) return null;
  return html`<dl class="pointers">${named.map(([name, value]) => html`<div><dt>${name}</dt><dd>${name === 'since' || name === 'explains' ? value : html`<code>${value}</code>`}</dd></div>`)}</dl>`;
}

function layerCount(layer: FindingReport['layer'], title: string, findings: readonly FindingReport[]): Markup {
  const own = findings.filter((finding) => finding.layer === layer);
  const worst = SEVERITY.find((severity) => own.some((finding) => finding.severity === severity));
  return html`<li class=${worst ?? 'clear'}><span>${title}</span><b>${own.length === 0 ? 'clear' : own.length}</b></li>`;
}
