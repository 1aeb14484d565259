/** P8: from the fault to the last answer of the canary, each gap against its budget, and what it cost. */
import { scaleLinear } from 'd3-scale';
import { formatClock, formatCount, formatDuration, formatShare } from '../../model/figures.ts';
import { OUTCOME_ORDER } from '../../model/outcome-words.ts';
import type { WaterfallReport } from '../../model/rollout-report.ts';
import type { RunReport } from '../../model/run-report.ts';
import { atFullExposure, type RollbackStep, rollbackSteps } from '../../model/waterfall-reading.ts';
import { chartCaption, dataTable, empty, html, inBothWidths, type Markup, moreInResult, px } from '../markup.ts';
import type { PageDetail } from '../page-detail.ts';
import { outcomeBadge } from './outcome-badge.ts';

/** Nothing for a run without a rollback. */
export function rollbackPanel(report: RunReport, detail: PageDetail): Markup {
  if (report.waterfalls.length === 0) return null;
  const sorted = report.waterfalls.toSorted(
    (a, b) => OUTCOME_ORDER.indexOf(a.outcome) - OUTCOME_ORDER.indexOf(b.outcome),
  );
  return html`<section id="rollback"><h2>The way back</h2>
    <p class="lead">From the injected fault to the last answer that a client got from the canary: by traffic, not by status.</p>
    ${sorted.slice(0, detail.charts).map((one, index) => oneWaterfall(one, index))}
    ${moreInResult(sorted.length, detail.charts, 'rollbacks')}</section>`;
}

function oneWaterfall(waterfall: WaterfallReport, index: number): Markup {
  const steps = rollbackSteps(waterfall);
  return html`<figure class="panel"><h3>${outcomeBadge(waterfall.outcome)}${waterfall.title} <span class="quiet">Rollout ${waterfall.rollout}</span></h3>
    ${waterfall.events.length === 0 ? empty('None of the events of a rollback happened.') : inBothWidths((width) => drawWaterfall(waterfall, steps, width), `w${index}`)}
    ${blastRadius(waterfall)}
    ${chartCaption(
      'the wait for one event since the event before it; the dashed outline is what is allowed, ticks in the row of the acknowledgement are single proxies.',
      'a red bar longer than its outline, or an event that did not happen.',
    )}
    <div class="tables">${dataTable(
      'Rollback as a table',
      ['Event', 'Time (UTC)', 'Since the start', 'Since the event before', 'Allowed', 'Detail'],
      steps.map((step) => [
        step.title,
        step.event === undefined ? 'did not happen' : formatClock(step.event.atMs, true),
        step.sinceStartMs === undefined ? '' : formatDuration(step.sinceStartMs),
        step.gapMs === undefined ? '' : formatDuration(step.gapMs),
        step.budgetMs === undefined ? '' : formatDuration(step.budgetMs),
        step.event?.detail ?? '',
      ]),
    )}${
      waterfall.proxies.length === 0
        ? null
        : dataTable(
            `Proxies (${waterfall.proxies.length})`,
            ['Proxy', 'Weight 0 acknowledged (UTC)'],
            waterfall.proxies.map((one) => [
              html`<code>${one.proxy}</code>`,
              one.acknowledgedAtMs === undefined
                ? 'never, while it was watched'
                : formatClock(one.acknowledgedAtMs, true),
            ]),
          )
    }</div></figure>`;
}

function drawWaterfall(waterfall: WaterfallReport, steps: readonly RollbackStep[], width: number): Markup {
  const narrow = width < 600;
  const rowHeight = narrow ? 40 : 30;
  const [left, right] = narrow ? [8, width - 12] : [210, width - 150];
  const start = Math.min(...waterfall.events.map(({ atMs }) => atMs));
  const reach = Math.max(
    1,
    ...steps.map(({ sinceStartMs = 0, gapMs = 0, budgetMs = 0 }) =>
      Math.max(sinceStartMs, sinceStartMs - gapMs + Math.min(budgetMs, gapMs * 1.5)),
    ),
  );
  const x = scaleLinear([0, reach], [left, right]);
  const bottom = 8 + steps.length * rowHeight;
  return html`<svg class="chart waterfall" viewBox=${`0 0 ${width} ${bottom + 26}`} role="img" aria-label=${`${waterfall.title}: events of the rollback; the table below holds the same data`}>
    ${steps.map((_, index) => (index % 2 === 1 ? html`<rect class="band" x="0" width=${width} y=${8 + index * rowHeight} height=${rowHeight} />` : null))}
    ${steps.map((step, index) => stepRow(step, waterfall, x, 8 + index * rowHeight, rowHeight, start, narrow, left, right))}
    <line class="axis" x1=${left} x2=${right} y1=${bottom} y2=${bottom} />
    ${x.ticks(narrow ? 3 : 7).map((tick) => html`<line class="axis" x1=${px(x(tick))} x2=${px(x(tick))} y1=${bottom} y2=${bottom + 5} /><text class="tick" x=${px(x(tick))} y=${bottom + 18} text-anchor="middle">${tick === 0 ? '0' : formatDuration(tick)}</text>`)}
  </svg>`;
}

function stepRow(
  step: RollbackStep,
  waterfall: WaterfallReport,
  x: (ms: number) => number,
  top: number,
  rowHeight: number,
  start: number,
  narrow: boolean,
  left: number,
  right: number,
): Markup {
  const y = top + (narrow ? 23 : 8);
  const nameY = narrow ? top + 12 : top + rowHeight / 2;
  const anchor = narrow ? 'start' : 'end';
  const since = step.sinceStartMs;
  if (step.event === undefined || since === undefined)
    return html`<g class="missing"><text x=${narrow ? left : left - 12} y=${nameY} dy="0.32em" text-anchor=${anchor}>${step.title}${narrow ? ': ✗ did not happen' : ''}</text>${narrow ? null : html`<text x=${left + 6} y=${nameY} dy="0.32em">✗ did not happen</text>`}</g>`;
  const gap = step.gapMs ?? 0;
  const [from, to] = [x(since - gap), x(since)];
  const allowed = step.budgetMs === undefined ? undefined : Math.min(right, x(since - gap + step.budgetMs));
  const label = step.gapMs === undefined ? 'start' : `+${formatDuration(step.gapMs)}`;
  const budget = step.budgetMs === undefined ? '' : ` of ${formatDuration(step.budgetMs)}`;
  const marks = step.name === 'weight-zero-acknowledged' ? waterfall.proxies : [];
  const end = Math.max(to, allowed ?? to);
  return html`<g class=${step.overBudget ? 'over' : ''}><title>${`${step.title}: ${step.event.detail}`}</title>
    <text x=${narrow ? left : left - 12} y=${nameY} dy="0.32em" text-anchor=${anchor}>${step.title}${narrow ? html`<tspan class="delta" dx="8">${step.overBudget ? '✗ ' : ''}${label}${budget}</tspan>` : null}</text>
    <rect class="bar" x=${px(from)} y=${y} width=${px(Math.max(2.5, to - from))} height="13" rx="1.5" />
    ${allowed === undefined ? null : html`<rect class="allowed" x=${px(from)} y=${y - 2} width=${px(Math.max(3, allowed - from))} height="17" rx="2" />`}
    ${marks.map(({ acknowledgedAtMs, proxy }) => (acknowledgedAtMs === undefined ? null : html`<line class="proxy" x1=${px(x(acknowledgedAtMs - start))} x2=${px(x(acknowledgedAtMs - start))} y1=${y - 4} y2=${y + 17}><title>${proxy}</title></line>`))}
    ${narrow ? null : html`<text x=${px(end + 8)} y=${nameY} dy="0.32em"><tspan class="delta">${step.overBudget ? '✗ ' : ''}${label}</tspan><tspan class="tick">${budget}</tspan></text>`}</g>`;
}

function blastRadius(waterfall: WaterfallReport): Markup {
  const { badAnswers, canaryAnswers, requests, distinctUsers } = waterfall;
  const full = atFullExposure(waterfall);
  return html`<p class="figures blast"><span><b>${formatCount(badAnswers)}</b> bad answers served${canaryAnswers === 0 ? '' : `, ${formatShare(badAnswers / canaryAnswers)} of the canary's ${formatCount(canaryAnswers)}`}</span>
    ${distinctUsers === undefined ? null : html`<span><b>${formatCount(distinctUsers)}</b> distinct users hit</span>`}<span><b>${formatCount(requests)}</b> requests in all</span>
    ${full === undefined ? null : html`<span>about <b>${formatCount(full)}</b> bad answers had every request gone to the canary</span>`}</p>`;
}
