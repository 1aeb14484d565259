/** P1 as a Chart.js configuration: declared steps, observed shares with their bands, hatch where they contradict. */
import type { Chart, ChartConfiguration, ChartDataset, Plugin } from 'chart.js';
import { formatClock, formatDeclared } from '../model/figures.ts';
import type { LedgerReport } from '../model/ledger-report.ts';
import { PATH_TITLE } from '../model/outcome-words.ts';
import type { TimelineReport } from '../model/run-report.ts';
import {
  type Bin,
  contiguousRuns,
  contradictedBins,
  DECLARING_LAYERS,
  drawnBins,
  isClientPath,
  mergeBins,
  timelineSpan,
} from '../model/timeline-bins.ts';
import { COLOUR, PATH_COLOUR, translucent } from './chart-colours.ts';
import { axisTitle, chartFrame, PADDING, plain } from './chart-frame.ts';

const BINS = 200;
const DASH = { git: [2, 3], api: [], xds: [9, 4] };
const LAYER_TITLE = { git: 'declared in Git', api: 'API object', xds: 'acknowledged by proxies' };
const POINT = { ingress: 'circle', mesh: 'rectRot', direct: 'rect' } as const;
/** Legend entries starting with this are left out. */
const HIDDEN = '(band) ';

/** undefined when the timeline holds nothing. */
export function timelineConfiguration(
  timeline: TimelineReport,
  ledger?: LedgerReport,
): ChartConfiguration<'line', { x: number; y: number }[]> | undefined {
  const span = timelineSpan(timeline);
  if (span === undefined) return undefined;
  const [from, to] = span;
  const seconds = (ms: number) => (ms - from) / 1000;
  const series = timeline.series.map((one) => ({
    ...one,
    bins: drawnBins(one.path, mergeBins(one.bins, BINS).bins),
  }));
  const violations = series
    .filter(({ path }) => isClientPath(path))
    .flatMap(({ bins }) => [...contradictedBins(bins, timeline.declared)])
    .map((bin) => [seconds(bin.startMs), seconds(bin.endMs)] as const);
  return {
    type: 'line',
    data: {
      datasets: [
        ...DECLARING_LAYERS.flatMap((layer) => declaredData(timeline, layer, seconds, to)),
        ...series.flatMap((one) =>
          isClientPath(one.path)
            ? clientData(one.path, timeline.arm, one.bins, seconds)
            : [witnessData(one.path, one.bins, seconds)],
        ),
        ...(ledger === undefined ? [] : segmentData(ledger, span, seconds)),
      ],
    },
    options: {
      parsing: false,
      layout: { padding: PADDING },
      scales: {
        x: {
          type: 'linear',
          min: 0,
          max: seconds(to),
          ticks: {
            includeBounds: false,
            maxTicksLimit: 10,
            callback: (value) => formatClock(from + Number(value) * 1000),
          },
          grid: { color: COLOUR.line },
          title: axisTitle('time (UTC)'),
        },
        y: {
          min: 0,
          suggestedMax: 0.1,
          grace: '5%',
          ticks: { callback: (value) => plain(formatDeclared(Number(value))) },
          grid: { color: COLOUR.line },
          title: axisTitle(`share of ${timeline.arm}`),
        },
      },
      plugins: chartFrame(
        timeline.title,
        'Bands are 99 % Wilson intervals; red hatch: the band lies above or below everything declared then.',
        (text) => !text.startsWith(HIDDEN),
      ),
    },
    plugins: [hatch(violations)],
  };
}

type Data = ChartDataset<'line', { x: number; y: number }[]>;

function declaredData(
  timeline: TimelineReport,
  layer: 'git' | 'api' | 'xds',
  seconds: (ms: number) => number,
  endMs: number,
): Data[] {
  const steps = timeline.declared.filter((step) => step.layer === layer).toSorted((a, b) => a.atMs - b.atMs);
  const last = steps.at(-1);
  if (last === undefined) return [];
  return [
    {
      label: LAYER_TITLE[layer],
      data: [...steps, { ...last, atMs: endMs }].map((step) => ({ x: seconds(step.atMs), y: step.share })),
      stepped: 'before',
      borderColor: COLOUR.declared,
      borderWidth: layer === 'api' ? 2.6 : 1.5,
      borderDash: DASH[layer],
      pointRadius: 0,
      pointStyle: 'line',
      order: 0,
    },
  ];
}

function clientData(
  path: keyof typeof PATH_COLOUR,
  arm: string,
  bins: readonly Bin[],
  seconds: (ms: number) => number,
): Data[] {
  const colour = PATH_COLOUR[path];
  const at = (value: (bin: Bin) => number) => linePoints(bins, value, seconds);
  const edge = { borderWidth: 0, pointRadius: 0, order: 3 } as const;
  return [
    {
      label: `${HIDDEN}${path} high`,
      data: at((bin) => bin.high),
      fill: '+1',
      backgroundColor: translucent(colour, 0.16),
      ...edge,
    },
    { label: `${HIDDEN}${path} low`, data: at((bin) => bin.low), fill: false, ...edge },
    {
      label: `${arm} share, ${PATH_TITLE[path]} clients`,
      data: at((bin) => bin.share),
      showLine: false,
      pointStyle: POINT[path as keyof typeof POINT],
      pointRadius: 4,
      pointBackgroundColor: path === 'mesh' ? '#ffffff' : colour,
      pointBorderColor: colour,
      backgroundColor: colour,
      order: 1,
    },
  ];
}

/** Through the middles of the bins; a point without a value breaks the line where the path was silent. */
function linePoints(
  bins: readonly Bin[],
  value: (bin: Bin) => number,
  seconds: (ms: number) => number,
): { x: number; y: number }[] {
  return contiguousRuns(bins).flatMap((run, index) => {
    const points = run.map((bin) => ({ x: seconds((bin.startMs + bin.endMs) / 2), y: value(bin) }));
    const [first] = points;
    return index === 0 || first === undefined ? points : [{ x: first.x, y: Number.NaN }, ...points];
  });
}

function witnessData(path: keyof typeof PATH_COLOUR, bins: readonly Bin[], seconds: (ms: number) => number): Data {
  return {
    label: `second witness: ${PATH_TITLE[path]}`,
    data: linePoints(bins, (bin) => bin.share, seconds),
    borderColor: COLOUR.witness,
    borderWidth: 1.6,
    borderDash: path === 'envoy' ? [5, 3] : [],
    pointRadius: 1.5,
    pointBackgroundColor: COLOUR.witness,
    pointStyle: 'line',
    order: 2,
  };
}

/** Stretches of constant share as lines, undeclared ones in red; a point without a value parts them. */
function segmentData(
  ledger: LedgerReport,
  [from, to]: readonly [number, number],
  seconds: (ms: number) => number,
): Data[] {
  const shown = ledger.segments.filter(({ startMs, endMs }) => endMs > from && startMs < to);
  return [true, false].flatMap((declared): Data[] => {
    const own = shown.filter(({ declaredShare }) => (declaredShare !== undefined) === declared);
    if (own.length === 0) return [];
    return [
      {
        label: declared ? 'constant share found in the data alone' : 'found in the data, at no declared level',
        data: own.flatMap(({ startMs, endMs, share }) => [
          { x: seconds(Math.max(from, startMs)), y: share },
          { x: seconds(Math.min(to, endMs)), y: share },
          { x: seconds(Math.min(to, endMs)), y: Number.NaN },
        ]),
        borderColor: declared ? COLOUR.canary : COLOUR.violation,
        borderWidth: declared ? 1.6 : 3,
        pointRadius: 0,
        pointStyle: 'line',
        order: 1,
      },
    ];
  });
}

/** Red diagonals over the given spans of the x axis, behind the data. */
function hatch(spans: readonly (readonly [number, number])[]): Plugin<'line'> {
  return {
    id: 'violations',
    beforeDatasetsDraw({ ctx, chartArea, scales }: Chart) {
      const x = scales.x;
      if (x === undefined) return;
      const { top, bottom } = chartArea;
      for (const [from, to] of spans) {
        const left = x.getPixelForValue(from);
        const right = Math.max(left + 2, x.getPixelForValue(to));
        ctx.save();
        ctx.beginPath();
        ctx.rect(left, top, right - left, bottom - top);
        ctx.clip();
        ctx.fillStyle = translucent(COLOUR.violation, 0.09);
        ctx.fillRect(left, top, right - left, bottom - top);
        ctx.strokeStyle = translucent(COLOUR.violation, 0.7);
        ctx.lineWidth = 1.4;
        const height = bottom - top;
        for (let start = Math.floor((left - height) / 8) * 8; start < right; start += 8) {
          ctx.beginPath();
          ctx.moveTo(start, bottom);
          ctx.lineTo(start + height, top);
          ctx.stroke();
        }
        ctx.restore();
      }
    },
  };
}
