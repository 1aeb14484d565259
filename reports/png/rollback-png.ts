/** P8 as a Chart.js configuration: the wait for each event of a rollback, against what is allowed. */
import type { ChartConfiguration } from 'chart.js';
import { formatCount, formatDuration } from '../model/figures.ts';
import type { WaterfallReport } from '../model/rollout-report.ts';
import { rollbackSteps } from '../model/waterfall-reading.ts';
import { COLOUR, translucent } from './chart-colours.ts';
import { axisTitle, chartFrame, PADDING, plain } from './chart-frame.ts';

type Bars = ChartConfiguration<'bar', ([number, number] | null)[], string>;

/** undefined when nothing happened. */
export function rollbackConfiguration(waterfall: WaterfallReport): { configuration: Bars; rows: number } | undefined {
  if (waterfall.events.length === 0) return undefined;
  const steps = rollbackSteps(waterfall);
  const seconds = (ms: number) => ms / 1000;
  const start = ({ sinceStartMs = 0, gapMs = 0 }: (typeof steps)[number]) => seconds(sinceStartMs - gapMs);
  const bars = steps.map((step): [number, number] | null =>
    step.sinceStartMs === undefined ? null : [start(step), Math.max(seconds(step.sinceStartMs), start(step) + 0.05)],
  );
  const allowed = steps.map((step): [number, number] | null =>
    step.budgetMs === undefined || step.sinceStartMs === undefined
      ? null
      : [start(step), start(step) + seconds(step.budgetMs)],
  );
  const labels = steps.map((step) => {
    if (step.gapMs === undefined) return step.event === undefined ? `${step.title}: did not happen` : step.title;
    const budget = step.budgetMs === undefined ? '' : ` of ${formatDuration(step.budgetMs)}`;
    return plain(`${step.overBudget ? '✗ ' : ''}${step.title}  +${formatDuration(step.gapMs)}${budget}`);
  });
  const reach = Math.max(...bars.map((bar) => bar?.[1] ?? 0)) * 1.15;
  const whole = { grouped: false, barPercentage: 0.62 } as const;
  return {
    rows: steps.length,
    configuration: {
      type: 'bar',
      data: {
        labels,
        datasets: [
          {
            ...whole,
            label: 'wait since the event before; a cross and red: longer than allowed',
            data: bars,
            backgroundColor: steps.map((step) => (step.overBudget ? COLOUR.violation : COLOUR.stable)),
            pointBackgroundColor: COLOUR.stable,
            pointStyle: 'rect',
            order: 1,
          } as Bars['data']['datasets'][number],
          {
            ...whole,
            label: 'allowed',
            data: allowed,
            backgroundColor: translucent(COLOUR.quiet, 0.14),
            borderColor: COLOUR.quiet,
            borderWidth: 1,
            borderSkipped: false,
            barPercentage: 0.86,
            pointStyle: 'rect',
            order: 2,
          } as Bars['data']['datasets'][number],
        ],
      },
      options: {
        indexAxis: 'y',
        layout: { padding: PADDING },
        scales: {
          x: {
            min: 0,
            max: reach,
            ticks: { includeBounds: false },
            grid: { color: COLOUR.line },
            title: axisTitle('seconds since the first event'),
          },
          y: { grid: { display: false }, ticks: { color: COLOUR.ink, autoSkip: false } },
        },
        plugins: chartFrame(
          waterfall.title,
          `${waterfall.outcome}: ${formatCount(waterfall.badAnswers)} bad answers served of ${formatCount(waterfall.requests)} requests`,
          () => true,
        ),
      },
    },
  };
}
