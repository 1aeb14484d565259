/** P6 as a Chart.js configuration: latency against quantile, where the axis counts nines. */
import type { ChartConfiguration, ChartDataset } from 'chart.js';
import { formatCount, formatDecimal } from '../model/figures.ts';
import type { PercentilesReport } from '../model/rollout-report.ts';
import { COLOUR, translucent } from './chart-colours.ts';
import { axisTitle, chartFrame, PADDING, plain } from './chart-frame.ts';

type Data = ChartDataset<'line', { x: number; y: number }[]>;
const HIDDEN = '(band) ';
const TICKS = [0.5, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999];
const TRACK = { stable: [COLOUR.stable, []], canary: [COLOUR.canary, [7, 3]] } as const;

/** undefined when nothing was measured. */
export function percentileConfiguration(
  percentiles: PercentilesReport,
): ChartConfiguration<'line', { x: number; y: number }[]> | undefined {
  const points = percentiles.tracks.flatMap((track) => track.points);
  if (points.length === 0) return undefined;
  const nines = (quantile: number) => -Math.log10(Math.max(1e-9, 1 - quantile));
  const reach = Math.max(...points.map(({ quantile }) => nines(quantile))) * 1.04;
  const from = Math.min(...points.map(({ quantile }) => nines(quantile)));
  return {
    type: 'line',
    data: {
      datasets: [
        ...percentiles.tracks.flatMap(({ track, n, points: own }): Data[] => {
          const [colour, borderDash] = TRACK[track];
          const line = (value: (point: (typeof own)[number]) => number) =>
            own.map((point) => ({ x: nines(point.quantile), y: value(point) })).toSorted((a, b) => a.x - b.x);
          const edge = { borderWidth: 0, pointRadius: 0, order: 3 } as const;
          return [
            {
              ...edge,
              label: `${HIDDEN}high`,
              data: line((one) => one.high ?? one.ms),
              fill: '+1',
              backgroundColor: translucent(colour, 0.16),
            },
            { ...edge, label: `${HIDDEN}low`, data: line((one) => one.low ?? one.ms), fill: false },
            {
              label: plain(`${track}, n ${formatCount(n)}`),
              data: line(({ ms }) => ms),
              borderColor: colour,
              borderDash: [...borderDash],
              borderWidth: 2,
              pointRadius: 3.5,
              pointBackgroundColor: colour,
              pointStyle: track === 'stable' ? 'circle' : 'rectRot',
              order: 1,
            },
          ];
        }),
        ...percentiles.limits.map(
          (limit): Data => ({
            label: `limit p${Number((limit.quantile * 100).toFixed(6))} ${formatDecimal(limit.ms, 0)} ms`,
            data: [
              { x: from, y: limit.ms },
              { x: Math.min(nines(limit.quantile), reach), y: limit.ms },
            ],
            borderColor: COLOUR.violation,
            borderDash: [9, 3],
            borderWidth: 1.6,
            pointRadius: 0,
            pointStyle: 'line',
            order: 2,
          }),
        ),
      ],
    },
    options: {
      parsing: false,
      layout: { padding: PADDING },
      scales: {
        x: {
          type: 'linear',
          min: from,
          max: reach,
          afterBuildTicks: (axis) => {
            axis.ticks = TICKS.map((quantile) => ({ value: nines(quantile) })).filter(
              ({ value }) => value >= from - 1e-9 && value <= reach,
            );
          },
          ticks: {
            autoSkip: false,
            callback: (value) => `p${Number(((1 - 10 ** -Number(value)) * 100).toFixed(4))}`,
          },
          grid: { color: COLOUR.line },
          title: axisTitle('share of requests that stayed within'),
        },
        y: {
          type: 'logarithmic',
          ticks: {
            callback: (value) =>
              /^[125]e/.test(Number(value).toExponential()) ? plain(formatDecimal(Number(value), 0)) : '',
          },
          grid: { color: COLOUR.line },
          title: axisTitle('ms'),
        },
      },
      plugins: chartFrame(
        percentiles.title,
        'Shades are order-statistic intervals; a curve above its limit breaks it.',
        (text) => !text.startsWith(HIDDEN),
      ),
    },
  };
}
