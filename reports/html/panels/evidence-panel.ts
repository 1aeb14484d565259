/** P4 with its readings: what was reached, what it was worth against a test of fixed size. */
import { formatCount, formatDecimal, formatDuration, formatShare, THIN } from '../../model/figures.ts';
import type { RunReport, SplitReport } from '../../model/run-report.ts';
import { readEvidence, sidesCoincide, thinTrajectory } from '../../model/split-reading.ts';
import { drawEvidence } from '../charts/evidence-chart.ts';
import { chartCaption, dataTable, empty, html, inBothWidths, type Markup } from '../markup.ts';
import type { PageDetail } from '../page-detail.ts';
import { withTerms } from '../terms.ts';
import { outcomeBadge } from './outcome-badge.ts';

export function evidencePanel(report: RunReport, detail: PageDetail): Markup {
  return html`<section id="evidence"><h2>How the evidence grew</h2>
    <p class="lead">The test may look after every request: all blue lines must fall to the lower line to prove the split, the orange one must rise to the upper line to refute it.</p>
    ${
      report.splits.length === 0
        ? empty('No split was judged in this run, so no evidence was gathered.')
        : html`<div class="panel"><ul class="legend">
        <li><svg viewBox="0 -8 34 16" width="34" height="16" aria-hidden="true"><path class="evidence-line against" d="M1,0H33" /></svg><span>${withTerms('log e-value against the declared split')}</span></li>
        ${acceptanceLegend(report.splits.every(sidesCoincide))}</ul>
      <div class="columns">${report.splits.map((split, index) => oneSplit(split, index, detail))}</div>
      ${chartCaption(
        'the evidence after that many requests, in natural logarithms; the vertical line is where the load was stopped.',
        'the orange line in the hatched zone above, or blue lines that run to the right without reaching the lower zone.',
      )}</div>`
    }</section>`;
}

function acceptanceLegend(oneLine: boolean): Markup {
  const key = (side: string) =>
    html`<svg viewBox="0 -8 34 16" width="34" height="16" aria-hidden="true"><path class=${`evidence-line accept ${side}`} d="M1,0H33" /></svg>`;
  if (oneLine) return html`<li>${key('high')}some share off by the margin, up or down (worst arm)</li>`;
  return html`<li>${key('high')}share above the margin (worst arm)</li><li>${key('low')}share below the margin (worst arm)</li>`;
}

function oneSplit(split: SplitReport, index: number, detail: PageDetail): Markup {
  const evidence = readEvidence(split);
  return html`<figure><h3>${outcomeBadge(split.outcome)}${split.title}</h3>
    ${
      evidence === undefined
        ? empty(`No evidence was gathered: ${split.sentence}`)
        : html`<p class="figures"><span><b>${formatDecimal(evidence.against)}</b> of ${formatDecimal(evidence.againstLimit)} against</span><span><b>${formatDecimal(evidence.inFavour)}</b> of ${formatDecimal(evidence.inFavourLimit)} in favour</span>${savedFigure(split)}<span><b>${formatDuration(split.decidedAt - split.startedAt)}</b> at ${formatDecimal(split.requestsPerSecond, 0)}${THIN}requests/s</span></p>
      ${inBothWidths((width, id) => drawEvidence(split, width, id, detail.points), `e${index}`, 520)}
      ${dataTable(
        'Evidence as a table',
        ['Requests', 'log e-value', 'log Λ high', 'log Λ low'],
        thinTrajectory(split.trajectory, detail.pointRows).map((point) => [
          formatCount(point.n),
          formatDecimal(point.logE, 2),
          formatDecimal(point.logLambdaHigh, 2),
          formatDecimal(point.logLambdaLow, 2),
        ]),
        split.trajectory.length > detail.pointRows
          ? `${detail.pointRows} of ${formatCount(split.trajectory.length)} recorded looks, evenly spaced.`
          : undefined,
      )}`
    }
    ${latency(split)}</figure>`;
}

function savedFigure(split: SplitReport): Markup {
  if (split.design === 'fixed-sample')
    return html`<span>nobody ends this stretch early: its shares were accepted once, at its end (only the orange line could have ended it)</span>`;
  const saved = split.fixedSampleSize - split.samples;
  if (saved <= 0)
    return html`<span>no requests saved: a fixed test needs <b>${formatCount(split.fixedSampleSize)}</b></span>`;
  if (split.outcome !== 'passed' && split.outcome !== 'failed') return null;
  return html`<span><b>${formatCount(saved)}</b> requests saved, ${formatShare(saved / split.fixedSampleSize, 0)} of a fixed test's ${formatCount(split.fixedSampleSize)}</span>`;
}

function latency(split: SplitReport): Markup {
  if (split.latencyMs === undefined) return null;
  const { p50, p95, p99, max } = split.latencyMs;
  const ms = (value: number) => `${formatDecimal(value)}${THIN}ms`;
  return html`<p class="quiet">Latency of these requests: median ${ms(p50)}, p95 ${ms(p95)}, p99 ${ms(p99)}, longest ${ms(max)}.</p>`;
}
