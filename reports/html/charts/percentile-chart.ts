/** P6 drawn: latency against quantile, where the axis counts nines. */
import { scaleLinear, scaleLog } from 'd3-scale';
import { area, line } from 'd3-shape';
import type { PercentilesReport } from '../../model/rollout-report.ts';
import { html, type Markup, px } from '../markup.ts';
import type { Frame } from './chart-axes.ts';
import { formatMs, logTicks } from './latency-scale.ts';

type Point = PercentilesReport['tracks'][number]['points'][number];
const MARKED = [0, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999];

/** 0.9 -> 1, 0.99 -> 2: nines. */
function nines(quantile: number): number {
  return -Math.log10(Math.max(1e-9, 1 - quantile));
}

/** 0.5 -> "p50", 0.999 -> "p99.9". */
export function quantileName(quantile: number): string {
  return `p${Number((quantile * 100).toFixed(6))}`;
}

export function drawSpectrum(percentiles: PercentilesReport, width: number): Markup {
  const narrow = width < 600;
  const points = percentiles.tracks.flatMap((track) => track.points);
  const values = [
    ...points.flatMap(({ ms, low, high }) => [ms, low ?? ms, high ?? ms]),
    ...percentiles.limits.map(({ ms }) => ms),
  ].filter((ms) => ms > 0);
  const reach = Math.max(...points.map(({ quantile }) => nines(quantile)), 1) * 1.04;
  const first = Math.min(...points.map(({ quantile }) => nines(quantile)), 0.3);
  const frame: Frame = { left: narrow ? 52 : 70, right: width - 16, top: 14, bottom: 234 };
  const x = scaleLinear([first, reach], [frame.left, frame.right]);
  const y = scaleLog([Math.min(...values) * 0.85, Math.max(...values) * 1.15], [frame.bottom, frame.top]);
  const level = (ms: number) => y(Math.max(ms, y.domain()[0] ?? 1));
  const ticks = MARKED.filter((quantile) => nines(quantile) >= first - 1e-9 && nines(quantile) <= reach);
  return html`<svg class="chart" viewBox=${`0 0 ${width} 262`} role="img" aria-label=${`${percentiles.title}; the table below holds the same data`}>
    ${logTicks(y).map((tick) => html`<line class="grid" x1=${frame.left} x2=${frame.right} y1=${px(y(tick))} y2=${px(y(tick))} /><text class="tick" x=${frame.left - 8} y=${px(y(tick))} dy="0.32em" text-anchor="end">${formatMs(tick)}</text>`)}
    <line class="axis" x1=${frame.left} x2=${frame.right} y1=${frame.bottom} y2=${frame.bottom} />
    ${ticks.map((tick) => html`<line class="axis" x1=${px(x(nines(tick)))} x2=${px(x(nines(tick)))} y1=${frame.bottom} y2=${frame.bottom + 5} />${narrow && tick === 0.95 ? null : html`<text class="tick" x=${px(x(nines(tick)))} y=${frame.bottom + 19} text-anchor="middle">${quantileName(tick)}</text>`}`)}
    ${percentiles.tracks.map(({ track, points: own }) =>
      oneTrack(
        track,
        own.toSorted((a, b) => a.quantile - b.quantile),
        (point) => x(nines(point.quantile)),
        level,
      ),
    )}
    ${percentiles.limits.map((limit) => {
      const at = x(Math.min(nines(limit.quantile), reach));
      return html`<path class="limit-line" d=${`M${frame.left},${px(level(limit.ms))}H${px(at)}V${frame.top}`} /><text class="heat-label limit-name" x=${frame.left + 6} y=${px(level(limit.ms) - 5)}>${quantileName(limit.quantile)} ≤ ${formatMs(limit.ms)}</text>`;
    })}</svg>`;
}

function oneTrack(
  track: string,
  points: readonly Point[],
  x: (point: Point) => number,
  y: (ms: number) => number,
): Markup {
  const curve = line<Point>(x, (point) => y(point.ms)).digits(1);
  const band = area<Point>(
    x,
    (point) => y(point.low ?? point.ms),
    (point) => y(point.high ?? point.ms),
  ).digits(1);
  const sure = points.filter(({ low, high }) => low !== undefined && high !== undefined);
  return html`<g class=${`spectrum ${track}`}><path class="reach" d=${band(sure)} /><path class="curve" d=${curve(points)} />
    ${points.map((point) => html`<circle class="dot" r="3.4" cx=${px(x(point))} cy=${px(y(point.ms))}><title>${`${track} ${quantileName(point.quantile)}: ${formatMs(point.ms)}`}</title></circle>`)}</g>`;
}
