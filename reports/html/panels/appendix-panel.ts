/** P13: what a reviewer needs to check the rest: declared objects, options, files with hashes, formulas, versions. */
import { scaleUtc } from 'd3-scale';
import {
  formatBytes,
  formatCount,
  formatDeclared,
  formatDuration,
  formatInstant,
  formatInterval,
  formatPoints,
  formatShare,
} from '../../model/figures.ts';
import { PATH_TITLE } from '../../model/outcome-words.ts';
import type { RunReport } from '../../model/run-report.ts';
import { type Frame, timeAttributes, timeAxis } from '../charts/chart-axes.ts';
import { empty, html, inBothWidths, type Markup, px } from '../markup.ts';
import type { PageDetail } from '../page-detail.ts';

export function appendixPanel(report: RunReport, detail: PageDetail): Markup {
  const { appendix } = report;
  const cut = textBudget(detail.textCharacters);
  return html`<section id="appendix"><h2>Appendix</h2>
    ${phases(report)}
    ${block(
      'Components',
      appendixTable(
        ['Name', 'Version', 'Origin', 'SHA-256'],
        report.components.map((one) => [one.name, one.version, one.origin, hash(one.sha256)]),
        detail.listRows,
      ),
      report.components.length,
    )}
    ${block('Not enforced by this provider', html`<ul>${appendix.notEnforced.map((feature) => html`<li>${feature}</li>`)}</ul>`, appendix.notEnforced.length, 'Every declared manifest feature was enforced.')}
    ${block(
      'Mixture intervals',
      html`<p class="quiet">Wider than the whiskers above: a confidence sequence of the beta-binomial mixture alone, which is valid at every look and belongs to neither of the two tests that decide.</p>${appendixTable(
        ['Split', 'Arm', 'Declared', 'Observed', 'Mixture interval', 'Fixed sample of this size finds'],
        mixtureRows(report),
        detail.listRows,
      )}`,
      mixtureRows(report).length,
    )}
    ${block('How each number is computed', html`<dl class="formulas">${appendix.formulas.map((one) => html`<dt>${one.name}</dt><dd><code>${one.text}</code></dd>`)}</dl>`, appendix.formulas.length)}
    ${block(
      'Manifests as applied',
      appendix.manifests.map((one) => document(one.path, one.text, cut, one.sha256)),
      appendix.manifests.length,
    )}
    ${block(
      'k6 options',
      appendix.k6Options.map((one) => document(one.phase, indented(one.json), cut)),
      appendix.k6Options.length,
    )}
    ${block(
      'Files of the run',
      appendixTable(
        ['Path', 'Size', 'SHA-256'],
        appendix.files.map((one) => [html`<code>${one.path}</code>`, formatBytes(one.bytes), hash(one.sha256)]),
        detail.listRows,
      ),
      appendix.files.length,
    )}
    ${block('Command line', html`<pre><code>${report.run.command.join(' ')}</code></pre>`, report.run.command.length)}
  </section>`;
}

function mixtureRows(report: RunReport): readonly (readonly Markup[])[] {
  return report.splits.flatMap((split) =>
    split.samples === 0
      ? []
      : split.arms.map((arm) => [
          `${split.title}, ${PATH_TITLE[split.path]}`,
          arm.name,
          formatDeclared(arm.declaredShare),
          formatShare(arm.estimate),
          `${formatInterval(arm.interval)} at ${formatDeclared(arm.interval.confidence)}`,
          `±${formatPoints(arm.smallestDetectableDrift).replace('+', '')}`,
        ]),
  );
}

function block(title: string, body: Markup, entries: number, none = 'None recorded.'): Markup {
  return html`<details class="block"><summary>${title} <span class="quiet">${entries === 0 ? 'none' : formatCount(entries)}</span></summary>${entries === 0 ? empty(none) : body}</details>`;
}

function appendixTable(head: readonly string[], rows: readonly (readonly Markup[])[], limit: number): Markup {
  return html`<div class="scroll"><table><thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead><tbody>${rows.slice(0, limit).map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>
    ${rows.length > limit ? html`<p class="quiet">${formatCount(rows.length - limit)} more are in result.json.</p>` : null}`;
}

function document(
  title: string,
  text: string,
  cut: (text: string) => { shown: string; left: number },
  sha256?: string,
): Markup {
  const { shown, left } = cut(text);
  return html`<article><h4><code>${title}</code>${sha256 === undefined ? null : html` ${hash(sha256)}`}</h4><pre><code>${shown}</code></pre>${left > 0 ? html`<p class="quiet">${formatCount(left)} more characters are in the run directory.</p>` : null}</article>`;
}

/** Hands out characters until the budget is spent. */
function textBudget(budget: number): (text: string) => { shown: string; left: number } {
  let rest = budget;
  return (text) => {
    const shown = text.slice(0, rest);
    rest -= shown.length;
    return { shown, left: text.length - shown.length };
  };
}

function hash(sha256: string | undefined): Markup {
  return sha256 === undefined ? 'not hashed' : html`<code class="hash" title=${sha256}>${sha256.slice(0, 12)}</code>`;
}

function indented(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

function phases(report: RunReport): Markup {
  const all = report.appendix.phases;
  if (all.length === 0) return html`<h3>Phases</h3>${empty('No phases were recorded.')}`;
  const from = Math.min(report.run.startedAt, ...all.map((one) => one.startedAt));
  const to = Math.max(report.run.finishedAt, from + 1, ...all.map((one) => one.startedAt + one.durationMs));
  return html`<figure class="panel" data-chart><h3>Phases</h3>
    ${inBothWidths((width) => {
      const narrow = width < 600;
      const rowHeight = narrow ? 38 : 26;
      const frame: Frame = {
        left: narrow ? 8 : 190,
        right: width - (narrow ? 8 : 80),
        top: 4,
        bottom: 4 + all.length * rowHeight,
      };
      const x = scaleUtc([from, to], [frame.left, frame.right]);
      return html`<svg class="chart time" viewBox=${`0 0 ${width} ${frame.bottom + 26}`} role="img" aria-label="Phases of the run over time" ...${timeAttributes(x, frame)}>
        ${timeAxis(x, frame, narrow ? 3 : 8)}
        ${all.map((one, index) => {
          const y = frame.top + index * rowHeight;
          const start = x(one.startedAt);
          const end = x(one.startedAt + one.durationMs);
          return html`<g class="phase"><title>${`${one.name}: ${formatInstant(one.startedAt)}, ${formatDuration(one.durationMs)}`}</title>
            <text x=${narrow ? frame.left : frame.left - 10} y=${y + (narrow ? 11 : 13)} dy="0.32em" text-anchor=${narrow ? 'start' : 'end'}>${narrow ? `${one.name}, ${formatDuration(one.durationMs)}` : one.name}</text>
            <rect x=${px(start)} y=${y + (narrow ? 21 : 6)} width=${px(Math.max(2, end - start))} height="14" rx="2" />
            ${narrow ? null : html`<text class="tick" x=${px(end + 6)} y=${y + 13} dy="0.32em">${formatDuration(one.durationMs)}</text>`}</g>`;
        })}</svg>`;
    }, 'ph')}
    <figcaption><p><b>One mark is</b> a phase of the run.</p><p><b>Bad would be</b> a phase much longer than in the run before; the page holds one run only.</p></figcaption></figure>`;
}
