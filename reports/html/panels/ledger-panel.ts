/** The four layers: each change on its way from Git to the client, the layer that held it up, and who wrote what. */
import {
  formatClock,
  formatCount,
  formatDeclared,
  formatDuration,
  formatInterval,
  formatShare,
} from '../../model/figures.ts';
import {
  findingsDuring,
  findingsOf,
  LEDGER_LAYER_TITLE,
  LEDGER_LAYERS,
  type LedgerFinding,
  type LedgerLayer,
  readPropagation,
} from '../../model/ledger-reading.ts';
import type { LedgerReport, PropagationReport } from '../../model/ledger-report.ts';
import { PATH_TITLE } from '../../model/outcome-words.ts';
import type { RunReport } from '../../model/run-report.ts';
import { finerText, followedText, rateOfPath } from '../../model/words/lag-words.ts';
import { drawPropagation } from '../charts/propagation-chart.ts';
import { chartCaption, dataTable, empty, html, type Markup, moreInResult } from '../markup.ts';
import type { PageDetail } from '../page-detail.ts';

/** Nothing for a run that kept no ledger. */
export function ledgerPanel(report: RunReport, detail: PageDetail): Markup {
  if (report.ledgers.length === 0) return null;
  return html`<section id="ledger"><h2>Four layers, one ledger</h2>
    <p class="lead">Each declared change on its way: the commit in Git, the write of the API object, the acknowledgement of each proxy, and what clients got. The layer where the difference began is marked.</p>
    ${report.ledgers.slice(0, detail.charts).map((ledger) => oneLedger(ledger, report, detail))}
    ${moreInResult(report.ledgers.length, detail.charts, 'ledgers')}</section>`;
}

function oneLedger(ledger: LedgerReport, report: RunReport, detail: PageDetail): Markup {
  const findings = findingsOf(ledger, report);
  const changes = ledger.changes.toSorted((a, b) => a.declaredAtMs - b.declaredAtMs);
  const shown = changes.slice(0, detail.listRows);
  return html`<figure class="panel"><h3>${ledger.title} <span class="quiet">${ledger.object}, arm ${ledger.arm}</span></h3>
    ${
      changes.length === 0
        ? empty('The API object did not change while it was watched.')
        : html`<table class="ledger"><caption class="sr">Changes and when each layer followed</caption><thead><tr><th scope="col">Change</th><th scope="col" class="way">On its way, time since it began</th>${LEDGER_LAYERS.map((layer) => html`<th scope="col">${LEDGER_LAYER_TITLE[layer]}</th>`)}</tr></thead>
        <tbody>${shown.map((change, index) => changeRow(change, ledger, findingsDuring(changes, index, findings)))}</tbody></table>
      ${moreInResult(changes.length, shown.length, 'changes')}
      ${chartCaption(
        'one layer following a declared change: square Git, bar the API object, tick a proxy, circle (ingress) or diamond (in-mesh) the moment when clients got the new weight, with its 99 % interval.',
        'a red cross: the layer where a difference began; marks far to the right; a proxy that never acknowledged.',
      )}`
    }
    ${findingsTable(findings, detail)}${tables(ledger, changes, detail)}</figure>`;
}

function changeRow(change: PropagationReport, ledger: LedgerReport, findings: readonly LedgerFinding[]): Markup {
  const first = LEDGER_LAYERS.find((layer) => findings.some((finding) => finding.layer === layer));
  const guilty = (layer: LedgerLayer) => findings.filter((finding) => finding.layer === layer);
  const cells: Readonly<Record<LedgerLayer, Markup>> = {
    git:
      change.gitAtMs === undefined
        ? 'not by commit'
        : `committed ${lag(change.declaredAtMs - change.gitAtMs)} before the write`,
    api: apiCell(change, ledger),
    xds: proxiesCell(change),
    observed: observedCell(change, ledger),
  };
  return html`<tr class=${findings.length > 0 ? 'troubled' : ''}><th scope="row"><span class="weights">${formatDeclared(change.fromShare)} → ${formatDeclared(change.toShare)}</span> <span class="quiet">${formatClock(change.declaredAtMs, true)}</span></th>
    <td class="way">${drawPropagation(
      change,
      LEDGER_LAYERS.filter((layer) => guilty(layer).length > 0),
    )}</td>
    ${LEDGER_LAYERS.map((layer) => {
      const blamed = guilty(layer);
      const word = layer === first ? 'began here' : 'differs too';
      return html`<td data-label=${LEDGER_LAYER_TITLE[layer]} class=${blamed.length > 0 ? 'guilty' : ''}>${
        blamed.length === 0
          ? null
          : html`<span class="badge failed" title=${blamed.map(({ sentence }) => sentence).join(' ')}><span class="glyph" aria-hidden="true">✗</span>${word}</span> `
      }${cells[layer]}</td>`;
    })}</tr>`;
}

function apiCell(change: PropagationReport, ledger: LedgerReport): Markup {
  const entry = ledger.entries.find(({ layer, atMs }) => layer === 'api' && atMs === change.declaredAtMs);
  return entry?.writer === undefined ? 'written' : html`written by <code>${entry.writer}</code>`;
}

function proxiesCell(change: PropagationReport): Markup {
  if (change.proxies.length === 0) return 'no proxy was watched';
  const { acknowledged, silent, slowestMs } = readPropagation(change);
  const counted = `${acknowledged} of ${change.proxies.length} acknowledged`;
  const slowest = slowestMs === undefined ? '' : `, the last after ${lag(slowestMs)}`;
  const skew = change.skewMs === undefined || acknowledged < 2 ? '' : `, ${lag(change.skewMs)} apart`;
  return html`${counted}${slowest}${skew}${silent === 0 ? null : html` <b class="bad-text">${formatCount(silent)} never</b>`}`;
}

function observedCell(change: PropagationReport, ledger: LedgerReport): Markup {
  if (change.observed.length === 0) return 'no change was seen';
  return change.observed.map((one, index) => {
    const finer = finerText(one, rateOfPath(ledger, one.path));
    return html`${index === 0 ? '' : '; '}${PATH_TITLE[one.path]} ${followedText(one, change.declaredAtMs)}${finer === undefined ? null : html` <span class="quiet">(${finer})</span>`}`;
  });
}

function lag(ms: number): string {
  return formatDuration(ms);
}

function findingsTable(findings: readonly LedgerFinding[], detail: PageDetail): Markup {
  if (findings.length === 0)
    return html`<p class="agree"><span class="badge passed"><span class="glyph" aria-hidden="true">✓</span>all layers agree</span> No difference beyond its allowed lag was found.</p>`;
  const sorted = findings.toSorted((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0));
  return html`<div class="scroll blame"><table class="stack"><caption>Differences beyond their allowed lag</caption><thead><tr><th scope="col">Layer</th><th scope="col">Since (UTC)</th><th scope="col">Field</th><th scope="col">Writer</th><th scope="col">Proxy</th><th scope="col">What</th></tr></thead>
    <tbody>${sorted.slice(0, detail.listRows).map(
      (
        finding,
      ) => html`<tr><th scope="row"><span class=${`severity ${finding.severity}`}><span class="glyph" aria-hidden="true">${finding.severity === 'error' ? '✗' : '!'}</span>${LEDGER_LAYER_TITLE[finding.layer]}</span></th><td class="clock" data-label="Since">${finding.atMs === undefined ? '' : formatClock(finding.atMs, true)}</td>
        <td data-label="Field">${code(finding.field)}</td><td data-label="Writer">${code(finding.writer)}</td><td data-label="Proxy">${code(finding.proxy)}</td><td class="whole">${finding.sentence}</td></tr>`,
    )}</tbody></table></div>${moreInResult(sorted.length, detail.listRows, 'differences')}`;
}

function code(text: string | undefined): Markup {
  return text === undefined ? html`<span class="quiet">none named</span>` : html`<code>${text}</code>`;
}

function tables(ledger: LedgerReport, changes: readonly PropagationReport[], detail: PageDetail): Markup {
  const limit = detail.binRows;
  const acknowledgements = changes.flatMap((change) =>
    change.proxies.map((one) => [
      `${formatDeclared(change.fromShare)} → ${formatDeclared(change.toShare)}`,
      html`<code>${one.proxy}</code>`,
      one.acknowledgedAtMs === undefined ? 'never, while it was watched' : formatClock(one.acknowledgedAtMs, true),
      one.lagMs === undefined ? '' : lag(one.lagMs),
    ]),
  );
  const segments = ledger.segments.map((one) => [
    PATH_TITLE[one.path],
    formatClock(one.startMs, true),
    formatClock(one.endMs, true),
    formatCount(one.n),
    formatShare(one.share),
    formatInterval(one),
    one.declaredShare === undefined
      ? html`<b class="bad-text">✗ no declared level</b>`
      : `✓ ${formatDeclared(one.declaredShare)}`,
  ]);
  const entries = ledger.entries
    .toSorted((a, b) => a.atMs - b.atMs)
    .map((one) => [
      formatClock(one.atMs, true),
      LEDGER_LAYER_TITLE[one.layer],
      one.share === undefined ? 'no route' : formatDeclared(one.share),
      html`<code>${one.holder}</code>`,
      one.writer ?? '',
      one.version ?? '',
    ]);
  return html`<div class="tables">
    ${cutTable('Acknowledgements', ['Change', 'Proxy', 'Time (UTC)', 'Lag'], acknowledgements, limit)}
    ${cutTable('Stretches of constant share, found in the data alone', ['Path', 'From (UTC)', 'To', 'Requests', 'Share', 'Interval', 'Declared level'], segments, limit)}
    ${cutTable('Entries of the ledger', ['Time (UTC)', 'Layer', 'Share', 'Holder', 'Writer', 'Version'], entries, limit)}</div>`;
}

function cutTable(title: string, head: readonly string[], rows: readonly (readonly Markup[])[], limit: number): Markup {
  if (rows.length === 0) return null;
  const left = rows.length - limit;
  return dataTable(
    `${title} (${formatCount(rows.length)})`,
    head,
    rows.slice(0, limit),
    left > 0 ? `${formatCount(left)} more are in result.json.` : undefined,
  );
}
