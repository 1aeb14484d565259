/** P5 and P6: latency over time and by quantile, stable beside canary. */
import { formatCount, formatDecimal, THIN } from '../../model/figures.ts';
import { heatRows, mergeHeatBins } from '../../model/heat-cells.ts';
import type { HeatMapReport, PercentilesReport } from '../../model/rollout-report.ts';
import type { RunReport } from '../../model/run-report.ts';
import { timelineSpan } from '../../model/timeline-bins.ts';
import { drawHeatMap, heatTableRows } from '../charts/heat-map-chart.ts';
import { formatMs } from '../charts/latency-scale.ts';
import { drawSpectrum, quantileName } from '../charts/percentile-chart.ts';
import { chartCaption, dataTable, empty, html, inBothWidths, type Markup, moreInResult } from '../markup.ts';
import type { PageDetail } from '../page-detail.ts';

/** Nothing for a run that measured no latency. */
export function latencyPanel(report: RunReport, detail: PageDetail): Markup {
  if (report.heatMaps.length + report.percentiles.length === 0) return null;
  return html`<section id="latency"><h2>Latency</h2>
    <p class="lead">How long requests took, stable beside canary${openLoad(report) ? html`. The load model is open (arrival rate): a slow answer delays no later request, so slowness is not hidden by coordinated omission.` : '.'}</p>
    ${report.heatMaps.slice(0, detail.charts).map((one, index) => heatMapFigure(one, report, index, detail))}
    ${moreInResult(report.heatMaps.length, detail.charts, 'heat-maps')}
    ${report.percentiles.slice(0, detail.charts).map((one, index) => percentileFigure(one, index))}
    ${moreInResult(report.percentiles.length, detail.charts, 'percentile charts')}</section>`;
}

function openLoad(report: RunReport): boolean {
  const options = report.appendix.k6Options;
  return options.length > 0 && options.every(({ json }) => json.includes('arrival-rate'));
}

function heatMapFigure(heatMap: HeatMapReport, report: RunReport, index: number, detail: PageDetail): Markup {
  const span = heatSpan(heatMap, report);
  const rows = heatRows(heatMap);
  if (span === undefined || rows.length === 0)
    return html`<figure class="panel"><h3>${heatMap.title}</h3>${empty('No request was measured during this time.')}</figure>`;
  const merged = heatMap.tracks.reduce(
    (most, { bins }) => Math.max(most, mergeHeatBins(bins, detail.heatBinsWide).merged),
    1,
  );
  return html`<figure class="panel" data-chart><h3>${heatMap.title}</h3>
    <ul class="legend"><li>${shades('stable')}few to many requests, stable</li><li>${shades('canary')}canary</li>
      ${(['p50', 'p95', 'p99'] as const).map((name) => html`<li><svg viewBox="0 -8 34 16" width="34" height="16" aria-hidden="true"><path class=${`heat-line top ${name}`} d="M1,0H33" /></svg>${name}</li>`)}
      ${heatMap.limitMs === undefined ? null : html`<li><svg viewBox="0 -8 34 16" width="34" height="16" aria-hidden="true"><path class="limit-line" d="M1,0H33" /></svg>declared limit ${formatMs(heatMap.limitMs)}</li>`}
      <li><svg viewBox="0 -8 34 16" width="34" height="16" aria-hidden="true"><path class="error-tick" d="M12,8V-2M17,8V-2M22,8V-2" /></svg>errors</li></ul>
    ${inBothWidths((width) => drawHeatMap(heatMap, span, width, detail), `h${index}`)}
    <p class="readout" data-readout aria-hidden="true">Times are UTC. Move over the chart to read both tracks at one moment.</p>
    ${chartCaption(
      'the requests of one time bin within one range of latency; darker is more, by the square root, so that single requests stay visible.',
      html`canary shades or lines above the limit, or above where the stable ones lie; red ticks at the bottom, where answers were errors.${merged > 1 ? ` Each column merges ${merged} bins; its lines are the highest of them.` : ''}`,
    )}
    <div class="tables">${dataTable('Latency over time', ['Track', 'From (UTC)', 'Requests', 'p50 ms', 'p95 ms', 'p99 ms', 'Errors'], heatTableRows(heatMap, detail.binRows))}</div></figure>`;
}

function shades(track: string): Markup {
  return html`<svg viewBox="0 0 36 16" width="36" height="16" aria-hidden="true"><g class=${`heat-${track}`}>${[1, 3, 5, 7, 9].map((level, index) => html`<rect class=${`h${level}`} x=${index * 7} y="1" width="7" height="14" />`)}</g></svg>`;
}

/** The time of the traffic chart where that holds all of this one and not much more, so that both can be compared. */
function heatSpan(heatMap: HeatMapReport, report: RunReport): readonly [number, number] | undefined {
  const bins = heatMap.tracks.flatMap((track) => track.bins);
  if (bins.length === 0) return undefined;
  const from = bins.reduce((least, { startMs }) => Math.min(least, startMs), Number.POSITIVE_INFINITY);
  const to = bins.reduce((most, { endMs }) => Math.max(most, endMs), Number.NEGATIVE_INFINITY);
  const common = report.timelines
    .map(timelineSpan)
    .find((span) => span !== undefined && span[0] <= from && span[1] >= to && to - from > 0.4 * (span[1] - span[0]));
  return common ?? [from, to];
}

function percentileFigure(percentiles: PercentilesReport, index: number): Markup {
  const seen = percentiles.tracks.filter(({ points }) => points.length > 0);
  if (seen.length === 0)
    return html`<figure class="panel"><h3>${percentiles.title}</h3>${empty('No request was measured.')}</figure>`;
  return html`<figure class="panel"><h3>${percentiles.title}</h3>
    <ul class="legend">${seen.map(({ track, n }) => html`<li><svg viewBox="0 -8 34 16" width="34" height="16" aria-hidden="true"><g class=${`spectrum ${track}`}><rect class="reach" x="1" y="-6" width="32" height="12" /><path class="curve" d="M1,0H33" /></g></svg>${track}, n ${formatCount(n)}</li>`)}
      ${percentiles.limits.length === 0 ? null : html`<li><svg viewBox="0 -8 34 16" width="34" height="16" aria-hidden="true"><path class="limit-line" d="M1,0H33" /></svg>declared limit</li>`}</ul>
    ${inBothWidths((width) => drawSpectrum(percentiles, width), `q${index}`)}
    ${chartCaption(
      'the latency that a share of requests stayed within; each step to the right leaves ten times fewer. The shaded reach is the order-statistic interval.',
      'the canary above the stable curve by more than both shades, or either across a limit.',
    )}
    ${quantileTable(percentiles)}</figure>`;
}

function quantileTable(percentiles: PercentilesReport): Markup {
  const quantiles = [
    ...new Set(percentiles.tracks.flatMap(({ points }) => points.map(({ quantile }) => quantile))),
  ].toSorted((a, b) => a - b);
  const cell = (track: PercentilesReport['tracks'][number], quantile: number): Markup => {
    const point = track.points.find((one) => one.quantile === quantile);
    if (point === undefined) return html`<span class="quiet">too few requests</span>`;
    const reach =
      point.low === undefined || point.high === undefined
        ? 'no interval'
        : `[${formatDecimal(point.low)}, ${formatDecimal(point.high)}]`;
    return html`<b>${formatDecimal(point.ms)}</b>${THIN}ms <span class="quiet">${reach}</span>`;
  };
  return html`<div class="scroll"><table class="quantiles"><caption class="sr">Latency by quantile</caption><thead><tr><th scope="col">Quantile</th>${percentiles.tracks.map(({ track }) => html`<th scope="col" class="num">${track}</th>`)}<th scope="col" class="num">Limit</th></tr></thead>
    <tbody>${quantiles.map((quantile) => {
      const limit = percentiles.limits.find((one) => one.quantile === quantile);
      return html`<tr><th scope="row">${quantileName(quantile)}</th>${percentiles.tracks.map((track) => html`<td class="num">${cell(track, quantile)}</td>`)}<td class="num">${limit === undefined ? '' : formatMs(limit.ms)}</td></tr>`;
    })}</tbody></table></div>`;
}
