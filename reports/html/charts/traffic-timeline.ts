/** P1: what was declared, step by step and layer by layer, and what clients got, bin by bin, on one time axis. */
import { scaleLinear, scaleUtc } from 'd3-scale';
import { area, curveStepAfter, line } from 'd3-shape';
import { formatClock, formatCount, formatDeclared, formatInterval, formatShare } from '../../model/figures.ts';
import type { LedgerReport } from '../../model/ledger-report.ts';
import { PATH_TITLE } from '../../model/outcome-words.ts';
import type { TimelineReport } from '../../model/run-report.ts';
import {
  type Bin,
  contiguousRuns,
  contradictedBins,
  DECLARING_LAYERS,
  drawnBins,
  isClientPath,
  mergeBins,
} from '../../model/timeline-bins.ts';
import { html, type Markup, px } from '../markup.ts';
import type { PageDetail } from '../page-detail.ts';
import { type Frame, timeAttributes, timeAxis, valueAxis, violationHatch } from './chart-axes.ts';
import { eventLanes, lanesHeight } from './event-lanes.ts';
import { lagBrackets, segmentMarks, stepLines, stripsOf } from './ledger-overlay.ts';
import { type LaneEvent, laneNames } from './timeline-lanes.ts';

/** What is drawn over and under the shares. */
export interface TimelineContext {
  readonly ledger: LedgerReport | undefined;
  readonly lanes: readonly LaneEvent[];
}

/** All charts with wall-clock time start and end at the same place, so that the eye can go down the page. */
export function timeFrame(width: number, top: number, height: number): Frame {
  const narrow = width < 600;
  return { left: narrow ? 54 : 164, right: width - 14, top, bottom: top + height };
}

type Series = Omit<TimelineReport['series'][number], 'bins'> & { readonly bins: readonly Bin[] };

export function drawTimeline(
  timeline: TimelineReport,
  { ledger, lanes: events }: TimelineContext,
  span: readonly [number, number],
  width: number,
  id: string,
  detail: PageDetail,
): Markup {
  const narrow = width < 600;
  const plotHeight = narrow ? 220 : 280;
  const lanes = laneNames(events);
  const strips = stripsOf(timeline, ledger);
  const frame = timeFrame(width, 12 + strips.steps + strips.brackets, plotHeight);
  const height = frame.bottom + 28 + lanesHeight(lanes.length, narrow);
  const series = timeline.series.map((one) => ({
    ...one,
    bins: mergeBins(one.bins, narrow ? detail.binsNarrow : detail.binsWide).bins,
  }));
  const x = scaleUtc([span[0], span[1]], [frame.left, frame.right]);
  const y = scaleLinear(shareDomain(timeline.declared, series), [frame.bottom, frame.top]).nice(5);
  return html`<svg class="chart time" viewBox=${`0 0 ${width} ${height}`} role="img" aria-label=${`${timeline.title}: declared steps and observed share over time; the table below holds the same data`} ...${timeAttributes(x, frame)}>
    <defs>${violationHatch(`${id}-hatch`)}</defs>
    ${series.map((one) => isClientPath(one.path) && hatchedBins(one, timeline.declared, x, frame, `${id}-hatch`))}
    ${valueAxis(y, frame, y.ticks(5), (tick) => formatDeclared(tick))}
    ${timeAxis(x, frame, narrow ? 3 : 8)}
    ${stepLines(timeline, x, frame, 6, narrow)}
    ${ledger === undefined ? null : lagBrackets(ledger, x, frame, span)}
    ${series.map((one) => (isClientPath(one.path) ? null : witnessLine(one, x, y)))}
    ${series.map((one) => (isClientPath(one.path) ? clientMarks(one, timeline.declared, x, y) : null))}
    ${ledger === undefined ? null : segmentMarks(ledger, x, y, frame, span)}
    ${DECLARING_LAYERS.map((layer) => declaredSteps(timeline.declared, layer, span[1], x, y))}
    ${eventLanes(events, lanes, x, frame, narrow)}
  </svg>`;
}

function shareDomain(declared: TimelineReport['declared'], series: readonly Series[]): [number, number] {
  const values = declared.map((step) => step.share);
  for (const { path, bins } of series) for (const bin of drawnBins(path, bins)) values.push(bin.low, bin.high);
  if (values.length === 0) return [0, 1];
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const pad = Math.max(0.005, (high - low) * 0.08);
  return [low < high * 0.5 ? 0 : Math.max(0, low - pad), Math.min(1, high + pad)];
}

function declaredSteps(
  declared: TimelineReport['declared'],
  layer: (typeof DECLARING_LAYERS)[number],
  endMs: number,
  x: (ms: number) => number,
  y: (share: number) => number,
): Markup {
  const steps = declared.filter((step) => step.layer === layer).toSorted((a, b) => a.atMs - b.atMs);
  const last = steps.at(-1);
  if (last === undefined) return null;
  const path = line<(typeof steps)[number]>(
    (step) => x(step.atMs),
    (step) => y(step.share),
  )
    .curve(curveStepAfter)
    .digits(1);
  const title = steps
    .map((step) => `${formatClock(step.atMs, true)} ${layer} ${formatDeclared(step.share)}: ${step.source}`)
    .join('\n');
  return html`<g class=${`declared ${layer}`}><title>${title}</title><path d=${path([...steps, { ...last, atMs: endMs }])} />
    ${steps.map((step) => html`<circle class="mark" r="1.6" cx=${px(x(step.atMs))} cy=${px(y(step.share))} data-t=${step.atMs} data-hold="1" data-s=${`declared in ${layer}`} data-v=${formatDeclared(step.share)} />`)}</g>`;
}

function hatchedBins(
  { path, bins }: Series,
  declared: TimelineReport['declared'],
  x: (ms: number) => number,
  frame: Frame,
  hatch: string,
): Markup {
  return [...contradictedBins(bins, declared)].map(
    (bin) =>
      html`<rect class="violation" fill=${`url(#${hatch})`} x=${px(x(bin.startMs))} y=${frame.top} width=${px(Math.max(1.5, x(bin.endMs) - x(bin.startMs)))} height=${frame.bottom - frame.top}><title>${`${PATH_TITLE[path]}: not what was declared`}</title></rect>`,
  );
}

function clientMarks(
  series: Series,
  declared: TimelineReport['declared'],
  x: (ms: number) => number,
  y: (share: number) => number,
): Markup {
  const seen = series.bins.filter((bin) => bin.n > 0);
  const contradicted = contradictedBins(series.bins, declared);
  const band = area<BandEdge>(
    (edge) => x(edge.atMs),
    (edge) => y(edge.low),
    (edge) => y(edge.high),
  ).digits(1);
  return html`<g class=${`series ${series.path}`}><path class="band" d=${contiguousRuns(seen)
    .map((run) => band(bandEdges(run)))
    .join('')} />
    ${seen.map((bin) => mark(series.path, px(x(middle(bin))), px(y(bin.share)), bin, contradicted.has(bin)))}</g>`;
}

interface BandEdge {
  readonly atMs: number;
  readonly low: number;
  readonly high: number;
}

/** Through the middles of the bins, out to where the first begins and the last ends. */
function bandEdges(run: readonly Bin[]): readonly BandEdge[] {
  const edges = run.map((bin) => ({ atMs: middle(bin), low: bin.low, high: bin.high }));
  const [first, last] = [run[0], run.at(-1)];
  if (first === undefined || last === undefined) return edges;
  return [{ ...first, atMs: first.startMs }, ...edges, { ...last, atMs: last.endMs }];
}

/** Paths differ by shape as well as shade: circle, diamond, square. */
function mark(path: Series['path'], cx: string, cy: string, bin: Bin, violates: boolean): Markup {
  const shape = {
    ingress: 'M-3.2,0a3.2,3.2 0 1,0 6.4,0a3.2,3.2 0 1,0 -6.4,0',
    mesh: 'M0,-4.4L4.4,0L0,4.4L-4.4,0Z',
    direct: 'M-3,-3H3V3H-3Z',
  };
  const value = `${formatShare(bin.share)} ${formatInterval(bin)} n ${formatCount(bin.n)}`;
  return html`<path class=${violates ? 'mark violates' : 'mark'} d=${shape[path as keyof typeof shape]} transform=${`translate(${cx},${cy})`} data-t=${Math.round(middle(bin))} data-s=${PATH_TITLE[path]} data-v=${value} />`;
}

/** A line within its own band, only where it counted enough. */
function witnessLine(series: Series, x: (ms: number) => number, y: (share: number) => number): Markup {
  const seen = drawnBins(series.path, series.bins);
  const runs = contiguousRuns(seen);
  const path = line<Bin>(
    (bin) => x(middle(bin)),
    (bin) => y(bin.share),
  ).digits(1);
  const band = area<BandEdge>(
    (edge) => x(edge.atMs),
    (edge) => y(edge.low),
    (edge) => y(edge.high),
  ).digits(1);
  return html`<g class=${`witness ${series.path}`}><path class="witness-band" d=${runs.map((run) => band(bandEdges(run))).join('')} /><path d=${runs.map((run) => path(run)).join('')} />
    ${seen.map((bin) => html`<circle class="mark" r="1.8" cx=${px(x(middle(bin)))} cy=${px(y(bin.share))} data-t=${Math.round(middle(bin))} data-s=${PATH_TITLE[series.path]} data-v=${`${formatShare(bin.share)} ${formatInterval(bin)} n ${formatCount(bin.n)}`} />`)}</g>`;
}

function middle(bin: Bin): number {
  return (bin.startMs + bin.endMs) / 2;
}
