/** P3 as a Chart.js configuration: each arm's distance from its declared share. */
import type { Chart, ChartConfiguration, Plugin } from 'chart.js';
import { formatCount, formatDeclared, formatPoints, formatShare } from '../model/figures.ts';
import { OUTCOME_GLYPH, PATH_TITLE } from '../model/outcome-words.ts';
import type { RunReport } from '../model/run-report.ts';
import { whiskerOf, whiskerText } from '../model/split-reading.ts';
import { COLOUR } from './chart-colours.ts';
import { axisTitle, chartFrame, PADDING, plain } from './chart-frame.ts';

interface Row {
  readonly label: readonly string[];
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly margin: number;
  readonly colour: string;
}

const ARM_COLOUR = [COLOUR.stable, COLOUR.canary, COLOUR.witness, COLOUR.direct] as const;
/** More rows would be a poster. */
const FOREST_ROWS = 40;

/** undefined when no arm was observed. Distances are fractions of one. */
export function forestConfiguration(
  report: RunReport,
): { configuration: ChartConfiguration<'scatter'>; rows: number } | undefined {
  const all = forestRows(report);
  const rows = all.slice(0, FOREST_ROWS);
  if (rows.length === 0) return undefined;
  const reach =
    rows.reduce((most, row) => Math.max(most, Math.abs(row.low), Math.abs(row.high), row.margin * 1.3), 0.005) * 1.05;
  const left = all.length - rows.length;
  return {
    rows: rows.length,
    configuration: {
      type: 'scatter',
      data: {
        datasets: [
          {
            label: 'observed minus declared',
            data: rows.map((row, index) => ({ x: row.estimate, y: index })),
            pointRadius: 6,
            pointBackgroundColor: rows.map((row) => row.colour),
            pointBorderColor: '#ffffff',
          },
        ],
      },
      options: {
        layout: { padding: PADDING },
        scales: {
          x: {
            min: -reach,
            max: reach,
            ticks: { callback: (value) => (Number(value) === 0 ? 'declared' : plain(formatPoints(Number(value)))) },
            grid: { color: COLOUR.line },
            title: axisTitle('distance from the declared share, percentage points'),
          },
          y: {
            reverse: true,
            min: -0.6,
            max: rows.length - 0.4,
            ticks: { stepSize: 1, autoSkip: false, callback: (value) => [...(rows[Number(value)]?.label ?? [])] },
            afterBuildTicks: (axis) => {
              axis.ticks = rows.map((_, value) => ({ value }));
            },
            grid: { display: false },
          },
        },
        plugins: {
          ...chartFrame(
            `${report.subject.title}: declared against observed`,
            `Whisker: the shares that the deciding test leaves standing. Box: accepted margin.${left > 0 ? ` ${left} more arms are in the report.` : ''}`,
            () => false,
          ),
        },
      },
      plugins: [whiskers(rows)],
    },
  };
}

function forestRows(report: RunReport): Row[] {
  return report.splits.flatMap((split) =>
    split.samples === 0
      ? []
      : split.arms.map((arm, index) => ({
          label: [
            `${OUTCOME_GLYPH[split.outcome]} ${split.outcome}: ${arm.name}, ${PATH_TITLE[split.path]}`,
            plain(
              `${formatDeclared(arm.declaredShare)} declared, ${formatShare(arm.estimate)} ${whiskerText(arm)}, n ${formatCount(split.samples)}`,
            ),
          ],
          estimate: arm.estimate - arm.declaredShare,
          low: whiskerOf(arm).low - arm.declaredShare,
          high: whiskerOf(arm).high - arm.declaredShare,
          margin: split.margin,
          colour: ARM_COLOUR[index % ARM_COLOUR.length] ?? COLOUR.stable,
        })),
  );
}

function whiskers(rows: readonly Row[]): Plugin<'scatter'> {
  return {
    id: 'whiskers',
    beforeDatasetsDraw({ ctx, chartArea, scales }: Chart) {
      const { x, y } = scales;
      if (x === undefined || y === undefined) return;
      const at = (value: number) => Math.min(chartArea.right, Math.max(chartArea.left, x.getPixelForValue(value)));
      ctx.save();
      rows.forEach((row, index) => {
        const middle = y.getPixelForValue(index);
        ctx.strokeStyle = COLOUR.quiet;
        ctx.lineWidth = 1.2;
        if (row.margin > 0) ctx.strokeRect(at(-row.margin), middle - 10, at(row.margin) - at(-row.margin), 20);
        ctx.strokeStyle = COLOUR.declared;
        ctx.lineWidth = 2.4;
        segment(ctx, at(0), middle - 15, at(0), middle + 15);
        ctx.strokeStyle = row.colour;
        ctx.lineWidth = 2.2;
        segment(ctx, at(row.low), middle, at(row.high), middle);
        segment(ctx, at(row.low), middle - 5, at(row.low), middle + 5);
        segment(ctx, at(row.high), middle - 5, at(row.high), middle + 5);
      });
      ctx.restore();
    },
  };
}

function segment(ctx: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}
