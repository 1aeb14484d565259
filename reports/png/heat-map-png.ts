/** P5 as a Chart.js configuration: stable over canary, cells drawn behind the quantile lines by a plug-in. */
import type { Chart, ChartConfiguration, ChartDataset, Plugin } from 'chart.js';
import { formatClock, formatDecimal } from '../model/figures.ts';
import {
  countIn,
  HEAT_LEVELS,
  type HeatRow,
  type HeatTrack,
  heatLevel,
  heatRows,
  mergeHeatBins,
} from '../model/heat-cells.ts';
import type { HeatMapReport } from '../model/rollout-report.ts';
import { COLOUR, translucent } from './chart-colours.ts';
import { axisTitle, chartFrame, PADDING, plain } from './chart-frame.ts';

type Data = ChartDataset<'line', { x: number; y: number }[]>;
const BINS = 120;
const HIDDEN = '(again) ';
const DASH = { p50: [], p95: [6, 3], p99: [2, 2.5] } as const;
const COLOUR_OF = { stable: COLOUR.stable, canary: COLOUR.canary } as const;

/** undefined when nothing was counted. */
export function heatMapConfiguration(
  heatMap: HeatMapReport,
): ChartConfiguration<'line', { x: number; y: number }[]> | undefined {
  const rows = heatRows(heatMap);
  const tracks = heatMap.tracks.map((track) => ({ ...track, bins: mergeHeatBins(track.bins, BINS).bins }));
  const bins = tracks.flatMap((track) => track.bins);
  const [lowest, highest] = [rows[0], rows.at(-1)];
  if (lowest === undefined || highest === undefined) return undefined;
  const from = bins.reduce((least, { startMs }) => Math.min(least, startMs), Number.POSITIVE_INFINITY);
  const to = bins.reduce((most, { endMs }) => Math.max(most, endMs), Number.NEGATIVE_INFINITY);
  const axis = (track: HeatTrack['track'], weight: number) => ({
    type: 'logarithmic' as const,
    stack: 'latency',
    stackWeight: 1,
    weight,
    offset: false,
    min: lowest.lowMs,
    max: Math.max(highest.highMs, heatMap.limitMs ?? 0),
    ticks: {
      callback: (value: string | number) =>
        /^[125]e/.test(Number(value).toExponential()) ? plain(formatDecimal(Number(value), 0)) : '',
    },
    grid: { color: COLOUR.line },
    title: axisTitle(`${track}, ms`),
  });
  return {
    type: 'line',
    data: {
      datasets: tracks.flatMap((track, index) => trackData(track, heatMap.limitMs, from, to, index === 0)),
    },
    options: {
      parsing: false,
      layout: { padding: PADDING },
      scales: {
        x: {
          type: 'linear',
          min: 0,
          max: (to - from) / 1000,
          ticks: {
            includeBounds: false,
            maxTicksLimit: 10,
            callback: (value) => formatClock(from + Number(value) * 1000),
          },
          grid: { display: false },
          title: axisTitle('time (UTC)'),
        },
        // chart.js stacks from the bottom up
        ...(tracks.some(({ track }) => track === 'canary') ? { canary: axis('canary', 1) } : {}),
        ...(tracks.some(({ track }) => track === 'stable') ? { stable: axis('stable', 2) } : {}),
      },
      plugins: chartFrame(
        heatMap.title,
        'Darker is more requests, by the square root; red ticks at the bottom of a track are errors.',
        (text) => !text.startsWith(HIDDEN),
      ),
    },
    plugins: [cells(tracks, rows, from)],
  };
}

function trackData(track: HeatTrack, limitMs: number | undefined, from: number, to: number, named: boolean): Data[] {
  const lines = (['p50', 'p95', 'p99'] as const).map(
    (name): Data => ({
      label: `${named ? '' : HIDDEN}${name}`,
      yAxisID: track.track,
      data: track.bins.map((bin) => ({ x: ((bin.startMs + bin.endMs) / 2 - from) / 1000, y: bin[name] ?? Number.NaN })),
      borderColor: COLOUR.ink,
      borderDash: [...DASH[name]],
      borderWidth: 1.5,
      pointRadius: 0,
      pointStyle: 'line',
    }),
  );
  if (limitMs === undefined) return lines;
  return [
    ...lines,
    {
      label: `${named ? '' : HIDDEN}declared limit ${formatDecimal(limitMs, 0)} ms`,
      yAxisID: track.track,
      data: [
        { x: 0, y: limitMs },
        { x: (to - from) / 1000, y: limitMs },
      ],
      borderColor: COLOUR.violation,
      borderDash: [9, 3],
      borderWidth: 1.6,
      pointRadius: 0,
      pointStyle: 'line',
    },
  ];
}

function cells(tracks: readonly HeatTrack[], rows: readonly HeatRow[], from: number): Plugin<'line'> {
  return {
    id: 'cells',
    beforeDatasetsDraw({ ctx, scales }: Chart) {
      const { x } = scales;
      if (x === undefined) return;
      for (const { track, bins } of tracks) {
        const y = scales[track];
        if (y === undefined) continue;
        const most = bins.reduce(
          (high, bin) => rows.reduce((inner, row) => Math.max(inner, countIn(bin, row)), high),
          0,
        );
        for (const bin of bins) {
          const left = x.getPixelForValue((bin.startMs - from) / 1000);
          const width = Math.max(1, x.getPixelForValue((bin.endMs - from) / 1000) - left);
          for (const row of rows) {
            const level = heatLevel(countIn(bin, row), most);
            if (level === 0) continue;
            const top = y.getPixelForValue(row.highMs);
            ctx.fillStyle = translucent(COLOUR_OF[track], 0.08 + (0.92 * level) / HEAT_LEVELS);
            ctx.fillRect(left, top, width, Math.max(1, y.getPixelForValue(row.lowMs) - top));
          }
          if (bin.errors === 0) continue;
          ctx.fillStyle = COLOUR.violation;
          ctx.fillRect(left + width / 2 - 1, y.bottom - 9, 2.4, 9);
        }
      }
    },
  };
}
