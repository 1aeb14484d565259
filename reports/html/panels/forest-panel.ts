/** P3: every arm of every split against its declared share. The table is the chart and the chart is a table. */
import type { ScaleLinear } from 'd3-scale';
import {
  formatCount,
  formatDeclared,
  formatPoints,
  formatRate,
  formatShare,
  pointsDown,
  THIN,
} from '../../model/figures.ts';
import { PATH_TITLE } from '../../model/outcome-words.ts';
import type { RunReport, SplitReport } from '../../model/run-report.ts';
import { excludedDriftText, whiskerOf, whiskerText } from '../../model/split-reading.ts';
import { FOREST_WIDTH, forestScale } from '../charts/forest-scale.ts';
import { chartCaption, empty, html, type Markup, px } from '../markup.ts';
import { withTerms } from '../terms.ts';
import { outcomeBadge } from './outcome-badge.ts';

/** Points as a share: less than this is rounding to a reader. */
const WORTH_SAYING = 0.0005;

type Arm = SplitReport['arms'][number];

export function forestPanel(report: RunReport): Markup {
  const scale = forestScale(report.splits);
  return html`<section id="splits"><h2>Declared against observed</h2>
    <p class="lead">Each arm of each split on each client path, as its distance from the declared share.</p>
    ${
      report.splits.length === 0
        ? empty('No split was judged in this run, so there is nothing to compare.')
        : html`<figure class="panel"><table class="forest"><caption class="sr">Declared and observed share of every arm</caption>
      <thead><tr><th scope="col">Arm</th><th scope="col" class="plot">${forestAxis(scale)}</th><th scope="col" class="num">Declared</th><th scope="col" class="num">Observed</th><th scope="col" class="num">Requests</th><th scope="col" class="num" title="No share is off by this much or more: the acceptance tests, inverted">${withTerms('Excluded drift')}</th></tr></thead>
      ${report.splits.map((split) => splitRows(split, scale))}</table>
      ${chartCaption(
        withTerms(
          'an arm: the dot is the estimate, the tall tick the declared share, the outlined box the accepted margin. The whisker is the test that decided, inverted: what is left of the possible shares. In a passed split it lies within the box, in a failed one it leaves out the tick.',
        ),
        'a whisker that leaves out the tick, or a red arrow: an estimate too far away to be drawn. A whisker that leaves the box: undecided.',
      )}</figure>`
    }</section>`;
}

function splitRows(split: SplitReport, scale: ScaleLinear<number, number>): Markup {
  return html`<tbody><tr class="group"><th scope="rowgroup" colspan="6">${outcomeBadge(split.outcome)}<span class="split-title">${split.title}</span>
      <span class="quiet">${withTerms(`${PATH_TITLE[split.path]} path · α${THIN}${formatRate(split.alpha)} · β${THIN}${formatRate(split.beta)} · margin${THIN}±${formatPoints(split.margin).replace('+', '')} · ${whiskerMeaning(split)}${split.reason}`)}</span>
      <p class="sentence">${split.sentence}</p></th></tr>
    ${split.arms.length === 0 ? html`<tr><td colspan="6">${empty('This split has no arm.')}</td></tr>` : null}
    ${split.arms.map((arm, index) => armRow(arm, split, index, scale))}
    ${
      split.guards.length === 0
        ? null
        : html`<tr class="guards"><td colspan="6"><ul>${split.guards.map(
            (guard) =>
              html`<li>${outcomeBadge(guard.outcome)}<b>${guard.name}</b> <span>${withTerms(guard.sentence)}</span>${guard.pValue === undefined || guard.sentence.includes('p = ') ? null : html`<span class="quiet"> p${THIN}=${THIN}${guard.pValue.toPrecision(2)}</span>`}</li>`,
          )}</ul></td></tr>`
    }</tbody>`;
}

function whiskerMeaning(split: SplitReport): string {
  const [arm] = split.arms;
  return arm === undefined ? '' : `whisker: ${whiskerOf(arm).meaning} · `;
}

function armRow(arm: Arm, split: SplitReport, index: number, scale: ScaleLinear<number, number>): Markup {
  const nothing = split.samples === 0;
  return html`<tr class="arm"><th scope="row">${arm.name}</th><td class="plot">${whisker(arm, split, index, scale, nothing)}</td>
    <td class="num" data-label="Declared">${formatDeclared(arm.declaredShare)}</td>
    <td class="num" data-label="Observed">${nothing ? 'nothing' : html`<b>${formatShare(arm.estimate)}</b> <span class="quiet">${whiskerText(arm)}</span>`}</td>
    <td class="num" data-label="Requests">${formatCount(arm.count)} <span class="quiet">of ${formatCount(split.samples)}</span></td>
    <td class="num" data-label="Excluded drift">${excludedCell(arm, split)}</td></tr>`;
}

/** Of a refuted split: how far off the arm is at least. */
function excludedCell(arm: Arm, split: SplitReport): Markup {
  if (split.samples === 0) return 'none';
  const { decided, declaredShare } = arm;
  if (decided?.test !== 'refutation') return excludedDriftText(split) ?? html`<span class="quiet">not recorded</span>`;
  const off = Math.max(decided.low - declaredShare, declaredShare - decided.high);
  // The test stops as soon as the declared share is refuted, so the end beside it is often hardly apart from it.
  if (off > WORTH_SAYING) return html`<b>off by ≥${THIN}${pointsDown(off)}</b>`;
  if (off > 0) return html`<b>declared one refuted</b>`;
  return html`<span class="quiet">not this arm</span>`;
}

function whisker(
  arm: Arm,
  split: SplitReport,
  index: number,
  scale: ScaleLinear<number, number>,
  nothing: boolean,
): Markup {
  const ends = whiskerOf(arm);
  const at = (share: number) => px(scale(share - arm.declaredShare));
  const band = (half: number) => ({ x: px(scale(-half)), width: px(scale(half) - scale(-half)) });
  const margin = band(split.margin);
  const [from, to] = scale.domain() as [number, number];
  const offset = arm.estimate - arm.declaredShare;
  const outside = offset < from || offset > to;
  const label = nothing
    ? `${arm.name}: nothing observed`
    : `${arm.name}: declared ${formatDeclared(arm.declaredShare)}, observed ${formatShare(arm.estimate)} ${whiskerText(arm)}`;
  const marked = nothing
    ? html`<text class="tick" x=${FOREST_WIDTH / 2 + 8} y="20">no requests</text>`
    : html`<g class=${`arm-mark shade${index % 4} ${outside ? 'violates' : ''}`}>
        <line x1=${at(ends.low)} x2=${at(ends.high)} y1="17" y2="17" /><path d=${`M${at(ends.low)},12V22M${at(ends.high)},12V22`} />
        ${outside ? html`<path class="arrow" d=${offset > to ? `M${FOREST_WIDTH - 12},10L${FOREST_WIDTH},17L${FOREST_WIDTH - 12},24Z` : 'M12,10L0,17L12,24Z'} />` : html`<circle cx=${at(arm.estimate)} cy="17" r="5" />`}</g>`;
  return html`<svg class="chart" viewBox=${`0 0 ${FOREST_WIDTH} 34`} role="img" aria-label=${label}>
    ${split.margin > 0 ? html`<rect class="margin" x=${margin.x} width=${margin.width} y="6" height="22" />` : null}
    <line class="declared-tick" x1=${px(scale(0))} x2=${px(scale(0))} y1="1" y2="33" />${marked}</svg>`;
}

function forestAxis(scale: ScaleLinear<number, number>): Markup {
  const ticks = scale.ticks(7);
  return html`<svg class="chart" viewBox=${`0 0 ${FOREST_WIDTH} 22`} role="img" aria-label="Axis: points above or below the declared share">
    ${ticks.map((tick) => html`<line class="axis" x1=${px(scale(tick))} x2=${px(scale(tick))} y1="17" y2="22" /><text class="tick" x=${px(scale(tick))} y="12" text-anchor="middle">${tickLabel(tick, ticks.at(-1))}</text>`)}</svg>`;
}

/** The unit is said once, at the last tick; the middle is the declared share itself. */
function tickLabel(tick: number, last: number | undefined): string {
  if (tick === 0) return 'declared';
  const text = formatPoints(tick);
  return tick === last ? text : text.replace(/\D+$/, '').replace(/\.0$/, '');
}
