/** Every measurement of every AnalysisRun beside what the oracle makes of the same samples. */
import { formatClock, formatCount } from '../../model/figures.ts';
import type { AnalysisReport } from '../../model/rollout-report.ts';
import type { RunReport } from '../../model/run-report.ts';
import { signPath } from '../charts/event-lanes.ts';
import { html, type Markup, moreInResult } from '../markup.ts';
import type { PageDetail } from '../page-detail.ts';

const MARKS = 40;

/** Nothing for a run without analyses. */
export function analysisPanel(report: RunReport, detail: PageDetail): Markup {
  const { analyses } = report;
  if (analyses.length === 0) return null;
  const asked = analyses.flatMap(({ measurements }) => measurements).filter(({ agrees }) => agrees !== undefined);
  const agreeing = asked.filter(({ agrees }) => agrees === true).length;
  const unasked = analyses.reduce((sum, { measurements }) => sum + measurements.length, 0) - asked.length;
  const sorted = analyses
    .map((analysis, index) => ({ analysis, index }))
    .toSorted((a, b) => Number(disagrees(b.analysis)) - Number(disagrees(a.analysis)) || a.index - b.index);
  const limit = Math.min(detail.listRows, detail.charts * 5);
  return html`<section id="analyses"><h2>Analyses against the oracle</h2>
    <p class="lead">The oracle is a model of Prometheus' rate functions and of Argo's analysis; it replays each measurement over the samples that were scraped.</p>
    <div class="panel"><p class="figures"><span><b>${formatCount(agreeing)}</b> of ${formatCount(asked.length)} measurements agree</span>${asked.length - agreeing > 0 ? html`<span class="bad-text">✗ ${formatCount(asked.length - agreeing)} differ</span>` : null}${unasked > 0 ? html`<span><b>${formatCount(unasked)}</b> could not be replayed</span>` : null}</p>
    ${sorted.slice(0, limit).map(({ analysis }) => oneAnalysis(analysis, detail))}${moreInResult(sorted.length, limit, 'analyses')}
    <figcaption><p><b>One mark is</b> a measurement: a check succeeded, a cross failed, a question mark was inconclusive or in error.</p><p><b>Bad would be</b> a row in red: the controller and the oracle judged the same samples differently.</p></figcaption></div></section>`;
}

function disagrees(analysis: AnalysisReport): boolean {
  return (
    analysis.measurements.some(({ agrees }) => agrees === false) ||
    (analysis.oraclePhase !== undefined && analysis.oraclePhase !== analysis.phase)
  );
}

function oneAnalysis(analysis: AnalysisReport, detail: PageDetail): Markup {
  const { measurements } = analysis;
  const shown = measurements.slice(0, detail.binRows);
  const differ = measurements.filter(({ agrees }) => agrees === false).length;
  const phases =
    analysis.oraclePhase === undefined
      ? `${analysis.phase}, the oracle was not asked`
      : analysis.oraclePhase === analysis.phase
        ? `${analysis.phase}, so the oracle`
        : `${analysis.phase}, but the oracle says ${analysis.oraclePhase}`;
  return html`<details class="analysis" open=${disagrees(analysis)}><summary><b>${analysis.metric}</b>${strip(analysis)}<span class="quiet">${analysis.rollout}, ${analysis.run}: ${phases}</span>${differ > 0 ? html`<b class="bad-text">✗ ${formatCount(differ)} differ</b>` : null}</summary>
    <dl><dt>Query</dt><dd><code>${analysis.query}</code></dd><dt>Condition</dt><dd><code>${analysis.condition}</code></dd></dl>
    <div class="scroll"><table><thead><tr><th scope="col">Time (UTC)</th><th scope="col">Argo</th><th scope="col">Value</th><th scope="col">Oracle</th><th scope="col">Its value</th><th scope="col">Agree</th></tr></thead>
    <tbody>${shown.map((one) => html`<tr class=${one.agrees === false ? 'disagrees' : ''}><td>${formatClock(one.atMs, true)}</td><td>${one.phase}</td><td><code>${one.value}</code></td><td>${one.oraclePhase ?? 'not asked'}</td><td><code>${one.oracleValue ?? ''}</code></td><td>${one.agrees === undefined ? '' : one.agrees ? '✓ yes' : html`<b class="bad-text">✗ no</b>`}</td></tr>`)}</tbody></table></div>
    ${moreInResult(measurements.length, shown.length, 'measurements')}</details>`;
}

function strip(analysis: AnalysisReport): Markup {
  const shown = analysis.measurements.slice(-MARKS);
  const width = shown.length * 19 + 2;
  return html`<svg class="strip-marks" viewBox=${`0 0 ${width} 20`} width=${width} height="20" role="img" aria-label=${shown.map(({ phase }) => phase).join(', ')}>${shown.map(
    (one, index) => {
      const sign = one.phase === 'Successful' ? 'good' : one.phase === 'Failed' ? 'bad' : 'unknown';
      return html`<g class=${`event ${sign}`} transform=${`translate(${index * 19 + 10},10)`}><title>${`${one.phase} ${one.value}`}</title><circle class="mark" r="7.5" />${signPath(sign)}</g>`;
    },
  )}</svg>`;
}
