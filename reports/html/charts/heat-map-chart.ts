/** P5 drawn: stable over canary on one time axis; few paths, one per shade, instead of one rectangle per cell. */
import { type ScaleLogarithmic, type ScaleTime, scaleLog, scaleUtc } from 'd3-scale';
import { line } from 'd3-shape';
import { formatClock, formatCount, formatDecimal } from '../../model/figures.ts';
import {
  countIn,
  HEAT_LEVELS,
  type HeatBin,
  type HeatRow,
  type HeatTrack,
  heatLevel,
  heatRows,
  mergeHeatBins,
} from '../../model/heat-cells.ts';
import type { HeatMapReport } from '../../model/rollout-report.ts';
import { html, type Markup, px } from '../markup.ts';
import type { PageDetail } from '../page-detail.ts';
import { type Frame, timeAttributes, timeAxis } from './chart-axes.ts';
import { formatMs, logTicks } from './latency-scale.ts';
import { timeFrame } from './traffic-timeline.ts';

type X = ScaleTime<number, number>;
type Y = ScaleLogarithmic<number, number>;
const QUANTILE_LINES = ['p50', 'p95', 'p99'] as const;

export function drawHeatMap(
  heatMap: HeatMapReport,
  span: readonly [number, number],
  width: number,
  detail: PageDetail,
): Markup {
  const rows = heatRows(heatMap);
  const narrow = width < 600;
  const plotHeight = narrow ? 150 : 170;
  const gap = 34;
  const tracks = heatMap.tracks.map((track) => ({
    ...track,
    bins: mergeHeatBins(track.bins, narrow ? detail.heatBinsNarrow : detail.heatBinsWide).bins,
  }));
  const frames = tracks.map((_, index) => timeFrame(width, 22 + index * (plotHeight + gap), plotHeight));
  const last = frames.at(-1) ?? timeFrame(width, 22, plotHeight);
  const whole: Frame = { ...last, top: 22 };
  const x = scaleUtc([span[0], span[1]], [last.left, last.right]);
  const [low, high] = [rows[0]?.lowMs ?? 1, rows.at(-1)?.highMs ?? 10];
  return html`<svg class="chart time" viewBox=${`0 0 ${width} ${last.bottom + 28}`} role="img" aria-label=${`${heatMap.title}: requests by time and latency; the table below holds the same data`} ...${timeAttributes(x, whole)}>
    ${tracks.map((track, index) => {
      const frame = frames[index] ?? whole;
      const y = scaleLog([low, Math.max(high, heatMap.limitMs ?? 0)], [frame.bottom, frame.top]);
      return drawTrack(track, heatMap.limitMs, rows, x, y, frame, narrow);
    })}
    ${timeAxis(x, whole, narrow ? 3 : 8)}
  </svg>`;
}

function drawTrack(
  track: HeatTrack,
  limitMs: number | undefined,
  rows: readonly HeatRow[],
  x: X,
  y: Y,
  frame: Frame,
  narrow: boolean,
): Markup {
  const requests = track.bins.reduce((sum, { counts }) => sum + counts.reduce((a, b) => a + b, 0), 0);
  return html`<g><text class="track-name" x=${frame.left} y=${frame.top - 8}>${track.track} <tspan class="tick">${formatCount(requests)} requests</tspan></text>
    ${logTicks(y).map((tick) => html`<line class="grid" x1=${frame.left} x2=${frame.right} y1=${px(y(tick))} y2=${px(y(tick))} /><text class="tick" x=${frame.left - 8} y=${px(y(tick))} dy="0.32em" text-anchor="end">${formatMs(tick)}</text>`)}
    <g class=${`heat-${track.track}`}>${cellPaths(track.bins, rows, x, y)}</g>
    ${QUANTILE_LINES.map((name) => quantileLine(track.bins, name, x, y))}
    ${
      limitMs === undefined
        ? null
        : html`<path class="limit-line" d=${`M${frame.left},${px(y(limitMs))}H${frame.right}`} /><text class="heat-label limit-name" x=${frame.left + 6} y=${px(y(limitMs) - 5)}>limit ${formatMs(limitMs)}</text>`
    }
    <line class="axis" x1=${frame.left} x2=${frame.right} y1=${frame.bottom} y2=${frame.bottom} />
    ${track.bins.filter(({ errors }) => errors > 0).map((bin) => html`<line class="error-tick" x1=${px(middle(bin, x))} x2=${px(middle(bin, x))} y1=${frame.bottom - 9} y2=${frame.bottom}><title>${`${formatCount(bin.errors)} errors`}</title></line>`)}
    ${narrow ? null : readings(track, x, y, frame)}</g>`;
}

/** One path per shade: `M x y h w v -h h -w z` for each cell, whole pixels. */
function cellPaths(bins: readonly HeatBin[], rows: readonly HeatRow[], x: X, y: Y): Markup {
  const most = bins.reduce(
    (highest, bin) => rows.reduce((inner, row) => Math.max(inner, countIn(bin, row)), highest),
    0,
  );
  const paths = Array.from({ length: HEAT_LEVELS + 1 }, () => '');
  for (const bin of bins) {
    const left = Math.round(x(bin.startMs));
    const width = Math.max(1, Math.round(x(bin.endMs)) - left);
    for (const row of rows) {
      const level = heatLevel(countIn(bin, row), most);
      if (level === 0) continue;
      const top = Math.round(y(row.highMs));
      const height = Math.max(1, Math.round(y(row.lowMs)) - top);
      paths[level] += `M${left},${top}h${width}v${height}h-${width}z`;
    }
  }
  return paths.map((path, level) => (path === '' ? null : html`<path class=${`h${level}`} d=${path} />`));
}

function quantileLine(bins: readonly HeatBin[], name: (typeof QUANTILE_LINES)[number], x: X, y: Y): Markup {
  const path = line<HeatBin>(
    (bin) => middle(bin, x),
    (bin) => y(Math.max(bin[name] ?? 1, y.domain()[0] ?? 1)),
  )
    .defined((bin) => bin[name] !== undefined)
    .digits(1)(bins);
  const last = bins.findLast((bin) => bin[name] !== undefined);
  if (path === null || last === undefined) return null;
  return html`<path class="heat-line halo" d=${path} /><path class=${`heat-line top ${name}`} d=${path} />`;
}

/** What the crosshair reads. */
function readings(track: HeatTrack, x: X, y: Y, frame: Frame): Markup {
  return track.bins.map((bin) => {
    const n = bin.counts.reduce((a, b) => a + b, 0);
    const quantiles = QUANTILE_LINES.flatMap((name) =>
      bin[name] === undefined ? [] : `${name} ${formatMs(bin[name] ?? 0)}`,
    );
    const value = [`n ${formatCount(n)}`, ...quantiles, bin.errors > 0 ? `${formatCount(bin.errors)} errors` : '']
      .filter((part) => part !== '')
      .join(', ');
    const cy = bin.p95 === undefined ? frame.bottom : y(bin.p95);
    return html`<circle class="mark" r="0" cx=${px(middle(bin, x))} cy=${px(cy)} data-t=${Math.round((bin.startMs + bin.endMs) / 2)} data-s=${track.track} data-v=${value} />`;
  });
}

function middle(bin: HeatBin, x: X): number {
  return x((bin.startMs + bin.endMs) / 2);
}

/** Rows of the data table. */
export function heatTableRows(heatMap: HeatMapReport, limit: number): readonly (readonly Markup[])[] {
  return heatMap.tracks.flatMap((track) =>
    mergeHeatBins(track.bins, limit).bins.map((bin) => {
      const value = (ms: number | undefined) => (ms === undefined ? '' : formatDecimal(ms));
      return [
        track.track,
        formatClock(bin.startMs),
        formatCount(bin.counts.reduce((a, b) => a + b, 0)),
        value(bin.p50),
        value(bin.p95),
        value(bin.p99),
        formatCount(bin.errors),
      ];
    }),
  );
}
