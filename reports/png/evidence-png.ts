/** P4 as a Chart.js configuration: log evidence of one split against requests, with the lines that decide. */
import type { ChartConfiguration, ChartDataset } from 'chart.js';
import { formatCount, formatDecimal } from '../model/figures.ts';
import type { SplitReport } from '../model/run-report.ts';
import { acceptLine, type EvidencePoint, sidesCoincide, splitLine, thinTrajectory } from '../model/split-reading.ts';
import { COLOUR } from './chart-colours.ts';
import { axisTitle, chartFrame, PADDING, plain } from './chart-frame.ts';

type Data = ChartDataset<'line', { x: number; y: number }[]>;

/** undefined when nothing was measured. */
export function evidenceConfiguration(
  split: SplitReport,
): ChartConfiguration<'line', { x: number; y: number }[]> | undefined {
  const points = thinTrajectory(split.trajectory, 400);
  const last = points.at(-1);
  if (last === undefined) return undefined;
  const reach = Math.max(split.samples, last.n, split.fixedSampleSize, 1);
  const accept = -acceptLine(split);
  const oneLine = sidesCoincide(split);
  const curve = (
    label: string,
    value: (point: EvidencePoint) => number,
    borderColor: string,
    borderDash: number[],
  ): Data => ({
    label,
    data: points.map((point) => ({ x: point.n, y: value(point) })),
    borderColor,
    borderDash,
    borderWidth: 2,
    pointRadius: 0,
    pointStyle: 'line',
  });
  const rule = (label: string, y: number, borderColor: string): Data => ({
    label,
    data: [
      { x: 0, y },
      { x: reach, y },
    ],
    borderColor,
    borderWidth: 1.4,
    borderDash: [2, 3],
    pointRadius: 0,
    pointStyle: 'line',
  });
  return {
    type: 'line',
    data: {
      datasets: [
        curve('log e-value against the declared split', (point) => point.logE, COLOUR.canary, []),
        curve(
          oneLine ? 'share off by the margin (worst arm)' : 'share above the margin (worst arm)',
          (point) => point.logLambdaHigh,
          COLOUR.stable,
          [],
        ),
        ...(oneLine
          ? []
          : [curve('share below the margin (worst arm)', (point) => point.logLambdaLow, COLOUR.stable, [6, 3])]),
        rule(plain(`refuted above ${formatDecimal(split.failLogE)}`), split.failLogE, COLOUR.violation),
        rule(plain(`accepted below ${formatDecimal(accept)}`), accept, COLOUR.stable),
        {
          label: plain(`stopped at n ${formatCount(split.samples)}: ${split.outcome}`),
          data: [
            {
              x: split.samples,
              y: split.outcome === 'failed' ? last.logE : Math.max(last.logLambdaHigh, last.logLambdaLow),
            },
          ],
          showLine: false,
          pointRadius: 6,
          pointStyle: 'circle',
          backgroundColor: COLOUR.ink,
          borderColor: '#ffffff',
        },
      ],
    },
    options: {
      parsing: false,
      layout: { padding: PADDING },
      scales: {
        x: {
          type: 'linear',
          min: 0,
          max: reach,
          ticks: { callback: (value) => plain(formatCount(Number(value))) },
          grid: { color: COLOUR.line },
          title: axisTitle(plain(`requests judged; a fixed test needs ${formatCount(split.fixedSampleSize)}`)),
        },
        y: {
          ticks: { callback: (value) => formatDecimal(Number(value), 0) },
          grid: { color: COLOUR.line },
          title: axisTitle('natural logarithm'),
        },
      },
      plugins: chartFrame(split.title, splitLine(split), () => true),
    },
  };
}
